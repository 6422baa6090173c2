import { decodeArtifactPath } from "@flightdeck/artifacts";
import { AppError, isAppError } from "@flightdeck/core";
import { API_PREFIXES, ARTIFACT_PROXY_PATH } from "@flightdeck/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Readable } from "node:stream";
import type { Services } from "../api/services.ts";
import { artifactAt } from "../identity/references-of.ts";
import { BOUNDS } from "../bounds.ts";
import { sendArtifact } from "./send-artifact.ts";
import type { ArtifactPlace } from "./served-artifacts.ts";

/** The bytes of artifacts, by path below the proxied root: GET, HEAD, PUT and DELETE. */
export function mountArtifactProxy(app: FastifyInstance, services: Services): void {
  void app.register(async (scope) => {
    takeBodiesAsStreams(scope);
    const uploads: Uploads = { underWay: 0 };
    for (const prefix of API_PREFIXES) {
      mountProxy(scope, services, { root: `${prefix}/2.0${ARTIFACT_PROXY_PATH}/`, uploads });
    }
  });
}

/** Whatever type an upload names, its bytes are stored as they come and never parsed. */
function takeBodiesAsStreams(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { bodyLimit: BOUNDS.artifactBytesMax }, (_request, _payload, done) => {
    done(null);
  });
}

type Mount = { readonly root: string; readonly uploads: Uploads };
type Uploads = { underWay: number };

function mountProxy(scope: FastifyInstance, { artifacts }: Services, { root, uploads }: Mount): void {
  const { proxied } = artifacts;
  const url = `${root}*`;
  scope.route({
    method: ["GET", "HEAD"],
    url,
    config: {
      permission: "experiment.view",
      resources: (request) => artifactAt(pathBelow(root, request), "CAN_READ"),
    },
    handler: (request, reply) =>
      sendArtifact(request, reply, { repository: proxied, path: pathBelow(root, request) }),
  });
  scope.route({
    method: "PUT",
    url,
    config: {
      permission: "experiment.edit",
      rawBody: true,
      resources: (request) => artifactAt(pathBelow(root, request), "CAN_EDIT"),
    },
    handler: (request) => upload(request, uploads, { repository: proxied, path: pathBelow(root, request) }),
  });
  scope.route({
    method: "DELETE",
    url,
    config: {
      permission: "experiment.edit",
      rawBody: true,
      resources: (request) => artifactAt(pathBelow(root, request), "CAN_EDIT"),
    },
    handler: async (request) => {
      await proxied.delete(pathBelow(root, request));
      return {};
    },
  });
}

/**
 * The path as it came, still encoded: it is decoded once, by the resolver. The router has decoded its own copy to find
 * the route, so a target that spells the route in another way ends here too, and is refused.
 */
function pathBelow(root: string, request: FastifyRequest): string {
  const [target = ""] = request.url.split("?", 1);
  if (target.startsWith(root)) return decodeArtifactPath(target.slice(root.length));
  throw new AppError("ENDPOINT_NOT_FOUND", "the path of the artifact proxy must not be percent-encoded");
}

async function upload(
  { raw }: FastifyRequest,
  uploads: Uploads,
  { repository, path }: ArtifactPlace,
): Promise<object> {
  if (uploads.underWay >= BOUNDS.uploadsMax) {
    throw new AppError("REQUEST_LIMIT_EXCEEDED", `${BOUNDS.uploadsMax} uploads are under way; try again`);
  }
  uploads.underWay += 1;
  try {
    await repository.write(path, Readable.from(bounded(raw), { objectMode: false }));
    return {};
  } catch (error) {
    if (isAppError(error) || raw.complete) throw error;
    throw new AppError("CANCELLED", "the upload was cut off", { cause: error });
  } finally {
    uploads.underWay -= 1;
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
