import { AppError } from "@flightdeck/core";
import { PassThrough, type Readable } from "node:stream";
import { BOUNDS } from "../bounds.ts";

/** How often uploads are looked at. */
export const TICK_MS = 1000;
const HANG_UP_MS = 5000;
const WINDOW_TICKS = BOUNDS.uploadWindowMs / TICK_MS;

/**
 * A request's body as it is stored. It fails when it is too long, or comes more slowly than the least rate; the time in
 * which this server does not take more does not count. The request stays open, so that it can be answered.
 */
export class UploadBody {
  readonly content: PassThrough = new PassThrough();
  readonly #body: Readable;
  #bytes = 0;
  #windowBytes = 0;
  #windowTicks = 0;

  constructor(body: Readable) {
    this.#body = body;
    body.on("data", this.#take);
    body.on("end", this.#end);
    body.on("error", this.#fail);
    body.on("close", this.#close);
    this.content.on("drain", () => body.resume());
    this.content.on("error", () => {}); // Whoever reads it hears of it; unheard it would end the server.
  }

  /** To be called once in `TICK_MS`. */
  tick(): void {
    if (this.content.writableNeedDrain) return;
    this.#windowTicks += 1;
    if (this.#windowTicks < WINDOW_TICKS) return;
    if (this.#windowBytes < BOUNDS.uploadWindowBytesMin) this.#endSlow();
    this.#windowTicks = 0;
    this.#windowBytes = 0;
  }

  /** Takes no more of the request. */
  leave(): void {
    this.#body.off("data", this.#take).off("end", this.#end).off("close", this.#close);
    this.#body.pause(); // What still comes stays where it is; errors of the connection are heard on.
  }

  /** The connection ends too, when there was time to read the answer. */
  #endSlow(): void {
    this.#fail(tooSlow());
    setTimeout(() => this.#body.destroy(), HANG_UP_MS).unref();
  }

  readonly #take = (chunk: Uint8Array): void => {
    this.#bytes += chunk.byteLength;
    this.#windowBytes += chunk.byteLength;
    if (this.#bytes > BOUNDS.artifactBytesMax) this.#fail(tooLong());
    else if (!this.content.write(chunk)) this.#body.pause();
  };

  readonly #end = (): void => void this.content.end();

  readonly #fail = (error: Error): void => void this.content.destroy(error);

  readonly #close = (): void => {
    if (!this.#body.readableEnded) this.#fail(new AppError("CANCELLED", "the upload was cut off"));
  };
}

function tooLong(): AppError {
  const message = `an artifact has at most ${BOUNDS.artifactBytesMax} bytes`;
  return new AppError("MAX_BLOCK_SIZE_EXCEEDED", message);
}

function tooSlow(): AppError {
  const { uploadWindowMs: ms, uploadWindowBytesMin: bytes } = BOUNDS;
  const message = `the upload was too slow: at least ${bytes} bytes must come in ${ms / 1000} seconds`;
  return new AppError("REQUEST_LIMIT_EXCEEDED", message);
}
