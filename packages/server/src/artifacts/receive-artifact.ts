import { AppError, isAppError } from "@flightdeck/core";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Readable } from "node:stream";
import { BOUNDS } from "../bounds.ts";
import { type Holder, holderOf, Shares } from "../shares.ts";
import { TICK_MS, UploadBody } from "./upload-body.ts";

/** Whatever type an upload names, its bytes are stored as they come and never parsed. */
export function takeBodiesAsStreams(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { bodyLimit: BOUNDS.artifactBytesMax }, (_request, _payload, done) => {
    done(null);
  });
}

/** Uploads that may go on at a time, whatever way they come. */
export class UploadSlots {
  readonly #shares = new Shares({ max: BOUNDS.uploadsMax, what: "uploads are under way" });
  readonly #bodies = new Set<UploadBody>();
  #ticking: NodeJS.Timeout | undefined;

  /**
   * Stores a request's body by `write`, from the share of whoever makes the request, or made the URL that it comes by.
   * Throws `REQUEST_LIMIT_EXCEEDED` when too many uploads are under way or this one comes too slowly, `CANCELLED` when the
   * caller hangs up within.
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
    } catch (error) {
      if (isAppError(error) || request.raw.complete) throw error;
      throw new AppError("CANCELLED", "the upload was cut off", { cause: error });
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
