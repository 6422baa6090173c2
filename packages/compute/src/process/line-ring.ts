/** The last lines of a text that comes in pieces, in bounded memory. */
export class LineRing {
  private readonly linesMax: number;
  private readonly lineCharsMax: number;
  private readonly complete: string[] = [];
  private open = "";

  constructor(options: { readonly linesMax: number; readonly lineCharsMax: number }) {
    this.linesMax = options.linesMax;
    this.lineCharsMax = options.lineCharsMax;
  }

  /** Takes the next piece of text; lines may be spread over pieces. */
  push(text: string): void {
    const pieces = text.split("\n");
    const last = pieces.pop() ?? "";
    // Only the newest lines can survive, so a huge piece costs no more than its split.
    for (const piece of pieces.slice(-this.linesMax - 1)) this.closeLine(piece);
    this.open = this.cut(this.open + last);
  }

  /** Oldest first, without line ends, blank lines left out. */
  lines(): readonly string[] {
    const all = this.open === "" ? this.complete : [...this.complete, this.open];
    return all
      .map(visibleText)
      .filter((line) => line.trim() !== "")
      .slice(-this.linesMax);
  }

  private closeLine(piece: string): void {
    this.complete.push(this.cut(this.open + piece));
    this.open = "";
    if (this.complete.length > this.linesMax) this.complete.shift();
  }

  private cut(line: string): string {
    return line.length <= this.lineCharsMax ? line : line.slice(-this.lineCharsMax);
  }
}

/** What a terminal would show of a line: progress bars overwrite it after each carriage return. */
function visibleText(line: string): string {
  const parts = line.split("\r").filter((part) => part !== "");
  return parts.at(-1) ?? "";
}
