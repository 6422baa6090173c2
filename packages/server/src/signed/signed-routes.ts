import { AppError } from "@flightdeck/core";
import type { FastifyInstance } from "fastify";
import type { Services } from "../api/services.ts";
import { pathBelow } from "../artifacts/path-below.ts";
import { takeBodiesAsStreams } from "../artifacts/receive-artifact.ts";
import { sendArtifact } from "../artifacts/send-artifact.ts";
import { type ArtifactPlace, NAMED_STORES } from "../artifacts/served-artifacts.ts";
import { SIGNED_FILES_PATH, SIGNED_UPLOADS_PATH } from "./signed-artifacts.ts";

/** What signed URLs lead to. The signature is the permission: the request comes without a login. */
export function mountSignedRoutes(app: FastifyInstance, services: Services): void {
  void app.register(async (scope) => {
    takeBodiesAsStreams(scope);
    mountFiles(scope, services);
    mountUploads(scope, services);
  });
}

const OPEN = { permission: "public", rawBody: true } as const;

function mountFiles(scope: FastifyInstance, { artifacts, uploads, workspace: { signer } }: Services): void {
  const url = `${SIGNED_FILES_PATH}/*`;
  const placeOf = (path: string): ArtifactPlace => {
    const store = NAMED_STORES.find((name) => path.startsWith(`${name}/`));
    if (store === undefined) throw new AppError("ENDPOINT_NOT_FOUND", `no artifacts are stored at '${path}'`);
    return artifacts.open({ store, path: path.slice(store.length + 1) });
  };
  scope.route({
    method: ["GET", "HEAD"],
    url,
    config: OPEN,
    handler: (request, reply) => {
      signer.verify("GET", request.url);
      return sendArtifact(request, reply, placeOf(pathBelow(`${SIGNED_FILES_PATH}/`, request)));
    },
  });
  scope.route({
    method: "PUT",
    url,
    config: OPEN,
    handler: async (request, reply) => {
      signer.verify("PUT", request.url);
      const { repository, path } = placeOf(pathBelow(`${SIGNED_FILES_PATH}/`, request));
      await uploads.receive(request, (content) => repository.write(path, content));
      return reply.code(200).send();
    },
  });
}

function mountUploads(scope: FastifyInstance, { uploads, workspace }: Services): void {
  const { signer, multipart } = workspace;
  scope.route<{ Params: { uploadId: string; part: string } }>({
    method: "PUT",
    url: `${SIGNED_UPLOADS_PATH}/:uploadId/:part`,
    config: OPEN,
    handler: async (request, reply) => {
      signer.verify("PUT", request.url);
      const { uploadId, part } = request.params;
      const etag = await uploads.receive(request, (content) =>
        multipart.writePart(uploadId, Number(part), content),
      );
      return reply.code(200).header("etag", etag).send();
    },
  });
  scope.route<{ Params: { uploadId: string } }>({
    method: "DELETE",
    url: `${SIGNED_UPLOADS_PATH}/:uploadId`,
    config: OPEN,
    handler: async (request, reply) => {
      signer.verify("DELETE", request.url);
      await multipart.abort(request.params.uploadId);
      return reply.code(204).send();
    },
  });
}
