/** A chunk of a log; offsets count bytes. */
export type LogPiece = {
  readonly text: string;
  readonly nextOffset: number;
  /** Bytes written so far. */
  readonly size: number;
  /** Nothing more will be written. */
  readonly isComplete: boolean;
};

export type ReadLog = (range: { readonly offset: number; readonly length: number }) => Promise<LogPiece>;

export type FollowedLog = LogText & { readonly size: number; readonly isComplete: boolean };

export type FollowLogOptions = {
  readonly read: ReadLog;
  readonly onText: (log: FollowedLog) => void;
  readonly signal: AbortSignal;
  /** Milliseconds between polls while the log does not grow. */
  readonly pollMs?: number;
};

/** Often enough to look live. */
const POLL_MS = 1000;
const PIECE_BYTES = 256 * 1024;
/** Far more than we keep. A log that is longer than this, or grows faster than we read, is read from near its end. */
const BEHIND_BYTES_MAX = 4 * 1024 * 1024;

/** Follows a growing log until it is complete. Rejects with the errors of `read`, and when the signal fires. */
export async function followLog(options: FollowLogOptions): Promise<void> {
  const { read, onText, signal, pollMs = POLL_MS } = options;
  const buffer = new LogBuffer();
  let offset = 0;
  for (;;) {
    const piece = await read({ offset, length: PIECE_BYTES });
    signal.throwIfAborted();
    const { size, isComplete } = piece;
    if (size - piece.nextOffset > BEHIND_BYTES_MAX) {
      offset = size - BEHIND_BYTES_MAX / 2;
      buffer.skip();
      continue;
    }
    buffer.append(piece.text);
    const isBehind = piece.nextOffset < size && piece.nextOffset > offset;
    offset = piece.nextOffset;
    if (isBehind) continue;
    onText({ ...buffer.text(), size, isComplete });
    if (isComplete) return;
    signal.throwIfAborted();
    await pause(pollMs, signal);
  }
}

function pause(spanMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, spanMs);
    signal.addEventListener("abort", stop, { once: true });
    function done(): void {
      signal.removeEventListener("abort", stop);
      resolve();
    }
    function stop(): void {
      clearTimeout(timer);
      reject(signal.reason as Error); // An AbortSignal's default reason is an Error.
    }
  });
}

/** Longer than any line of a stack trace; minified code and data dumps are truncated. */
export const LINE_CHARS_MAX = 4000;

// Terminal escape sequences (ECMA-48): CSI, such as colors; strings up to BEL or ST, such as titles and links; others.
// oxlint-disable-next-line no-control-regex -- This is about control characters.
const ESCAPE = /\u001B(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[ -/]*[0-~])/g;
// The remaining control characters, and those that reverse the text direction. Keeps tabs.
// oxlint-disable-next-line no-control-regex -- As above.
const UNSEEN = /[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

/**
 * Cleans up a line of output: removes colors and other terminal sequences, and keeps only the last state of a progress
 * bar.
 */
export function cleanLogLine(raw: string): string {
  const last = raw.replace(/(?<!\r)\r+$/, "");
  const written = last.slice(last.lastIndexOf("\r") + 1);
  const text = maskTokens(written.replace(ESCAPE, "").replace(UNSEEN, ""));
  return text.length > LINE_CHARS_MAX ? `${text.slice(0, LINE_CHARS_MAX)}…` : text;
}

/** Our tokens and Databricks': a prefix followed by the secret. */
const TOKEN = /\b(fd[po]at-|dapi)[\w-]{16,}/g;

/** Masks access tokens: people share their screens and copy from them. */
export function maskTokens(text: string): string {
  return text.replace(TOKEN, "$1…");
}

/** Lines are grouped into blocks, so that a new line does not rerender all of them. */
const BLOCK_LINES = 200;
/** More than anybody scrolls through; a browser lays out this many in a few milliseconds. */
const BLOCKS_MAX = 25;
export const KEPT_LINES_MAX: number = BLOCKS_MAX * BLOCK_LINES;
/** Two megabytes per stream if all lines are long. */
const KEPT_CHARS_MAX = 1_000_000;
/** A progress bar may rewrite an unfinished line forever. */
const PENDING_CHARS_MAX = 4 * LINE_CHARS_MAX;

export type LogBlock = { readonly number: number; readonly text: string };

/** The tail of a program's output. */
type LogText = {
  /** Oldest first. Each block ends with a complete line. */
  readonly blocks: readonly LogBlock[];
  /** The unfinished line. */
  readonly pending: string;
  /** Whether earlier lines were dropped. */
  readonly isCut: boolean;
};

/** Keeps the last lines of a stream of output in bounded memory. */
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

  /** Marks a gap in the output: drops everything before it. */
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
    // Without a carriage return it is one long line, and only its beginning will be shown.
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
