import { AppError, isAppError } from "@flightdeck/core";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Readable } from "node:stream";
import { BOUNDS } from "../bounds.ts";

/** Whatever type an upload names, its bytes are stored as they come and never parsed. */
export function takeBodiesAsStreams(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { bodyLimit: BOUNDS.artifactBytesMax }, (_request, _payload, done) => {
    done(null);
  });
}

/** Uploads that may go on at a time, whatever way they come. */
export class UploadSlots {
  #underWay = 0;

  /**
   * Stores a request's body by `write`. Throws `REQUEST_LIMIT_EXCEEDED` when too many uploads are under way, `CANCELLED`
   * when the caller hangs up within.
   */
  async receive<T>(request: FastifyRequest, write: (content: Readable) => Promise<T>): Promise<T> {
    if (this.#underWay >= BOUNDS.uploadsMax) {
      throw new AppError("REQUEST_LIMIT_EXCEEDED", `${BOUNDS.uploadsMax} uploads are under way; try again`);
    }
    this.#underWay += 1;
    try {
      return await write(Readable.from(bounded(request.raw), { objectMode: false }));
    } catch (error) {
      if (isAppError(error) || request.raw.complete) throw error;
      throw new AppError("CANCELLED", "the upload was cut off", { cause: error });
    } finally {
      this.#underWay -= 1;
    }
  }
}

async function* bounded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > BOUNDS.artifactBytesMax) {
      const message = `an artifact has at most ${BOUNDS.artifactBytesMax} bytes`;
      throw new AppError("MAX_BLOCK_SIZE_EXCEEDED", message);
    }
    yield chunk;
  }
}
