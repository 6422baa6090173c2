import { cleanLogLine, LINE_CHARS_MAX } from "./clean-log-line.ts";

/** Lines that stand in the document together, so that a new one does not draw all of them anew. */
const BLOCK_LINES = 200;
/** More than anybody scrolls through; a browser lays out as many in a few milliseconds. */
const BLOCKS_MAX = 25;
export const KEPT_LINES_MAX: number = BLOCKS_MAX * BLOCK_LINES;
/** Two megabytes a stream, for lines that are all long. */
const KEPT_CHARS_MAX = 1_000_000;
/** A line that has not ended may be rewritten by a progress bar without end. */
const PENDING_CHARS_MAX = 4 * LINE_CHARS_MAX;

export type LogBlock = { readonly number: number; readonly text: string };

/** The last of what a program wrote. */
export type LogText = {
  /** Oldest first; each text ends with a line. */
  readonly blocks: readonly LogBlock[];
  /** The line that has not ended. */
  readonly pending: string;
  /** Whether earlier lines are left out. */
  readonly isCut: boolean;
};

/** Keeps the last lines of an output that comes in pieces, in bounded memory. */
export class LogBuffer {
  #blocks: LogBlock[] = [];
  #lines: string[] = [];
  #pending = "";
  #isCut = false;
  #skipping = false;
  #number = 0;

  append(text: string): void {
    const lines = (this.#pending + text).split("\n");
    this.#pending = lines.pop() ?? "";
    if (this.#skipping && lines.length > 0) {
      lines.shift();
      this.#skipping = false;
    }
    for (const line of lines) this.#add(cleanLogLine(line));
    this.#boundPending();
    this.#dropOldest();
  }

  /** What comes next does not follow: bytes are left out, and all that was before them. */
  skip(): void {
    this.#blocks = [];
    this.#lines = [];
    this.#pending = "";
    this.#isCut = true;
    this.#skipping = true;
  }

  text(): LogText {
    const open = this.#lines.length === 0 ? [] : [this.#block(this.#lines)];
    const pending = this.#skipping ? "" : cleanLogLine(this.#pending);
    return { blocks: [...this.#blocks, ...open], pending, isCut: this.#isCut };
  }

  #add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length < BLOCK_LINES) return;
    this.#blocks.push(this.#block(this.#lines));
    this.#lines = [];
    this.#number += 1;
  }

  #block(lines: readonly string[]): LogBlock {
    return { number: this.#number, text: `${lines.join("\n")}\n` };
  }

  #boundPending(): void {
    if (this.#pending.length <= PENDING_CHARS_MAX) return;
    const rewritten = this.#pending.lastIndexOf("\r", this.#pending.length - 2) + 1;
    // Without a carriage return it is one long line, whose beginning is what will be shown of it.
    this.#pending =
      rewritten > 0 ? this.#pending.slice(rewritten) : this.#pending.slice(0, LINE_CHARS_MAX + 1);
  }

  #dropOldest(): void {
    let chars = this.#blocks.reduce((sum, { text }) => sum + text.length, 0);
    while (this.#blocks.length > BLOCKS_MAX || (chars > KEPT_CHARS_MAX && this.#blocks.length > 1)) {
      chars -= this.#blocks.shift()?.text.length ?? 0;
      this.#isCut = true;
    }
  }
}
