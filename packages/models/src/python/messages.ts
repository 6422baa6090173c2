/** A message on a worker's socket. `serve_model.py` documents the format. */
export type Message = {
  readonly head: Readonly<Record<string, unknown>>;
  readonly bodies: readonly Buffer[];
};

/** The head's length takes four bytes. */
const LENGTH_BYTES = 4;

/** Serializes a message. */
export function encodeMessage(head: Message["head"], bodies: readonly Uint8Array[]): Buffer {
  const lengths = bodies.map(({ byteLength }) => byteLength);
  const text = Buffer.from(JSON.stringify({ ...head, lengths }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, ...bodies]);
}

/** Assembles messages from the chunks that a socket delivers. */
export class MessageReader {
  /** Called for each message. May be replaced. */
  onMessage: (message: Message) => void;
  /** Joined only once a message is complete, so that a long one is not copied for every chunk. */
  #pieces: Buffer[] = [];
  #size = 0;
  #needed = LENGTH_BYTES;

  constructor(onMessage: (message: Message) => void) {
    this.onMessage = onMessage;
  }

  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#size += piece.length;
    while (this.#size >= this.#needed) {
      const bytes =
        this.#pieces.length === 1 && this.#pieces[0] ? this.#pieces[0] : Buffer.concat(this.#pieces);
      this.#pieces = [bytes];
      const needed = neededFor(bytes);
      if (needed <= bytes.length) this.#emit(bytes, needed);
      else this.#needed = needed;
    }
  }

  #emit(bytes: Buffer, length: number): void {
    const rest = bytes.subarray(length);
    this.#pieces = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
    this.#needed = LENGTH_BYTES;
    this.onMessage(decodeMessage(bytes.subarray(0, length)));
  }
}

/** The number of bytes that the message needs, as far as the bytes so far tell. */
function neededFor(bytes: Buffer): number {
  const headEnd = LENGTH_BYTES + bytes.readUInt32LE(0);
  if (bytes.length < headEnd) return headEnd;
  return headEnd + lengthsOf(headOf(bytes, headEnd)).reduce((sum, length) => sum + length, 0);
}

function decodeMessage(bytes: Buffer): Message {
  const headEnd = LENGTH_BYTES + bytes.readUInt32LE(0);
  const head = headOf(bytes, headEnd);
  let at = headEnd;
  const bodies = lengthsOf(head).map((length) => bytes.subarray(at, (at += length)));
  return { head, bodies };
}

function headOf(bytes: Buffer, headEnd: number): Message["head"] {
  // Our own program wrote it.
  return JSON.parse(bytes.toString("utf8", LENGTH_BYTES, headEnd)) as Message["head"];
}

function lengthsOf(head: Message["head"]): readonly number[] {
  return head["lengths"] as readonly number[]; // Part of every message.
}
