import { AppError, cancelled, messageOf } from "@flightdeck/core";

export type ReadBodyOptions = {
  /** The file's name in messages. */
  readonly shown: string;
  readonly bytesMax: number;
  readonly signal: AbortSignal | undefined;
};

/** After this long without data we give up on the server. */
const IDLE_WAIT_MS = 30_000;

/** Reads the whole body of a response; throws if it has more than `bytesMax` bytes. */
export async function readBody(response: Response, options: ReadBodyOptions): Promise<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  try {
    for (;;) {
      const { value, done } = await withTimeout(reader.read());
      if (done) return join(chunks, size);
      size += value.byteLength;
      if (size > options.bytesMax) throw tooLarge(options);
      chunks.push(value);
    }
  } catch (cause) {
    void reader.cancel().catch(() => undefined); // We are abandoning the connection, so its error does not matter.
    throw readError(options, cause);
  }
}

async function withTimeout<T>(reading: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new AppError("IO_ERROR", `no data arrived for ${IDLE_WAIT_MS} ms`)),
      IDLE_WAIT_MS,
    );
  });
  try {
    return await Promise.race([reading, idle]);
  } finally {
    clearTimeout(timer);
  }
}

function join(chunks: readonly Uint8Array[], size: number): ArrayBuffer {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes.buffer;
}

function tooLarge({ shown, bytesMax }: ReadBodyOptions): AppError {
  return new AppError(
    "RESOURCE_EXHAUSTED",
    `${shown}: the server sent more than the ${bytesMax} bytes allowed`,
  );
}

function readError({ shown, signal }: ReadBodyOptions, cause: unknown): AppError {
  if (signal?.aborted) return cancelled(signal);
  if (cause instanceof AppError && cause.code === "RESOURCE_EXHAUSTED") return cause;
  return new AppError("IO_ERROR", `${shown}: the connection broke: ${messageOf(cause)}`, { cause });
}
