import { AppError } from "@flightdeck/core";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { PassThrough, type Readable } from "node:stream";
import { type Holder, holderOf, Shares } from "../identity/shares.ts";

/** 5 TiB, the largest object in S3, so that artifacts can always be moved there. */
export const ARTIFACT_BYTES_MAX = 5_497_558_138_880;
/** Each keeps a file open and takes disk bandwidth; further uploads are told to try again. */
export const UPLOADS_MAX = 128;
/** The least that an upload must send in each window: 70 kbit/s, slower than any line that people upload models over. */
export const UPLOAD_WINDOW_MS = 30_000;
const UPLOAD_WINDOW_BYTES_MIN = 262_144;

/** Stores bodies of any content type as they arrive, without parsing them. */
export function takeBodiesAsStreams(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { bodyLimit: ARTIFACT_BYTES_MAX }, (_request, _payload, done) => {
    done(null);
  });
}

/** Bounds the uploads in progress, across all routes that take them. */
export class UploadSlots {
  readonly #shares = new Shares({ max: UPLOADS_MAX, what: "uploads are in progress" });
  readonly #bodies = new Set<UploadBody>();
  #ticking: NodeJS.Timeout | undefined;

  /**
   * Stores a request's body by `write`. It counts against the share of whoever makes the request, or got the signed URL.
   * Throws `REQUEST_LIMIT_EXCEEDED` when too many uploads are in progress or this one is too slow, and `CANCELLED` when
   * the caller disconnects.
   */
  async receive<T>(
    request: FastifyRequest,
    write: (content: Readable) => Promise<T>,
    holder: Holder = holderOf(request.principal),
  ): Promise<T> {
    const release = this.#shares.take(holder);
    const body = this.#open(request);
    try {
      return await write(body.content);
    } finally {
      this.#leave(body);
      release();
    }
  }

  #open({ raw }: FastifyRequest): UploadBody {
    const body = new UploadBody(raw);
    this.#bodies.add(body);
    this.#ticking ??= setInterval(() => this.#tick(), TICK_MS).unref();
    return body;
  }

  #leave(body: UploadBody): void {
    body.leave();
    this.#bodies.delete(body);
    if (this.#bodies.size > 0) return;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }

  #tick(): void {
    for (const body of this.#bodies) body.tick();
  }
}

/** How often uploads are checked. */
export const TICK_MS = 1000;
const HANG_UP_MS = 5000;
const WINDOW_TICKS = UPLOAD_WINDOW_MS / TICK_MS;

/**
 * A request's body while it is stored. It fails when it is too long, or slower than the least rate; time in which this
 * server itself takes no more does not count. The request stays open, so that it can be answered.
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
    body.on("error", this.#cutOff);
    body.on("close", this.#close);
    this.content.on("drain", () => body.resume());
    this.content.on("error", () => {}); // The reader handles it; without a listener it would crash the server.
  }

  /** Call once every `TICK_MS`. */
  tick(): void {
    if (this.content.writableNeedDrain) return;
    this.#windowTicks += 1;
    if (this.#windowTicks < WINDOW_TICKS) return;
    if (this.#windowBytes < UPLOAD_WINDOW_BYTES_MIN) this.#endSlow();
    this.#windowTicks = 0;
    this.#windowBytes = 0;
  }

  /** Stops reading the request. */
  leave(): void {
    this.#body.off("data", this.#take).off("end", this.#end).off("close", this.#close);
    this.#body.pause(); // The rest stays unread; errors of the connection are still handled.
  }

  /** Also closes the connection, after the client had time to read the answer. */
  #endSlow(): void {
    this.#fail(tooSlow());
    setTimeout(() => this.#body.destroy(), HANG_UP_MS).unref();
  }

  readonly #take = (chunk: Uint8Array): void => {
    this.#bytes += chunk.byteLength;
    this.#windowBytes += chunk.byteLength;
    if (this.#bytes > ARTIFACT_BYTES_MAX) this.#fail(tooLong());
    else if (!this.content.write(chunk)) this.#body.pause();
  };

  readonly #end = (): void => void this.content.end();

  readonly #fail = (error: Error): void => void this.content.destroy(error);

  readonly #close = (): void => {
    if (!this.#body.readableEnded) this.#cutOff();
  };

  /** The connection ended before the body did. Errors of the writing itself are thrown unchanged. */
  readonly #cutOff = (cause?: Error): void => {
    this.#fail(new AppError("CANCELLED", "the upload was cut off", { cause }));
  };
}

function tooLong(): AppError {
  const message = `an artifact has at most ${ARTIFACT_BYTES_MAX} bytes`;
  return new AppError("MAX_BLOCK_SIZE_EXCEEDED", message);
}

function tooSlow(): AppError {
  const message = `the upload was too slow: at least ${UPLOAD_WINDOW_BYTES_MIN} bytes must arrive every ${UPLOAD_WINDOW_MS / 1000} seconds`;
  return new AppError("REQUEST_LIMIT_EXCEEDED", message);
}
