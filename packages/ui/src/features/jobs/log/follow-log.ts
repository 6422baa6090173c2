import { LogBuffer, type LogText } from "./log-buffer.ts";

/** A piece of a log; offsets count bytes. */
export type LogPiece = {
  readonly text: string;
  readonly nextOffset: number;
  /** Bytes that there are so far. */
  readonly size: number;
  /** Nothing will be added. */
  readonly isComplete: boolean;
};

export type ReadLog = (range: { readonly offset: number; readonly length: number }) => Promise<LogPiece>;

export type FollowedLog = LogText & { readonly size: number; readonly isComplete: boolean };

export type FollowLogOptions = {
  readonly read: ReadLog;
  readonly onText: (log: FollowedLog) => void;
  readonly signal: AbortSignal;
  /** Milliseconds between two looks at a log that has not grown. */
  readonly pollMs?: number;
};

/** Often enough to look live. */
const POLL_MS = 1000;
const PIECE_BYTES = 256 * 1024;
/** Far more than is kept; a log that is longer, or grows faster than it is read, is read from near its end. */
const BEHIND_BYTES_MAX = 4 * 1024 * 1024;

/** Reads a log as it grows, until it is complete. Rejects with what `read` rejects with, and when the signal fires. */
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
      reject(signal.reason as Error); // An AbortSignal's own reason is one, where none was given.
    }
  });
}
