/** Keeps the last lines of a text that arrives in pieces, in bounded memory. */
export class LineRing {
  readonly #linesMax: number;
  readonly #lineCharsMax: number;
  readonly #complete: string[] = [];
  #open = "";

  constructor(options: { readonly linesMax: number; readonly lineCharsMax: number }) {
    this.#linesMax = options.linesMax;
    this.#lineCharsMax = options.lineCharsMax;
  }

  /** Adds the next piece of text, which may end in the middle of a line. */
  push(text: string): void {
    const pieces = text.split("\n");
    const last = pieces.pop() ?? "";
    // Skips older lines of a huge piece, because only the newest lines are kept.
    for (const piece of pieces.slice(-this.#linesMax - 1)) this.#closeLine(piece);
    this.#open = this.#cut(this.#open + last);
  }

  /** The last non-blank lines, oldest first, without line ends. */
  lines(): readonly string[] {
    const all = this.#open === "" ? this.#complete : [...this.#complete, this.#open];
    return all
      .map(visibleText)
      .filter((line) => line.trim() !== "")
      .slice(-this.#linesMax);
  }

  #closeLine(piece: string): void {
    this.#complete.push(this.#cut(this.#open + piece));
    this.#open = "";
    if (this.#complete.length > this.#linesMax) this.#complete.shift();
  }

  #cut(line: string): string {
    return line.length <= this.#lineCharsMax ? line : line.slice(-this.#lineCharsMax);
  }
}

/** The part of a line that a terminal would show: progress bars overwrite the line after each carriage return. */
function visibleText(line: string): string {
  const parts = line.split("\r").filter((part) => part !== "");
  return parts.at(-1) ?? "";
}
