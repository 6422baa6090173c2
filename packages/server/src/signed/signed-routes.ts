import { AppError } from "@flightdeck/core";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Services } from "../api/services.ts";
import { pathBelow } from "../artifacts/path-below.ts";
import { takeBodiesAsStreams } from "../artifacts/receive-artifact.ts";
import { sendArtifact } from "../artifacts/send-artifact.ts";
import { type NamedPlace, NAMED_STORES } from "../artifacts/served-artifacts.ts";
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

function mountFiles(scope: FastifyInstance, services: Services): void {
  const { artifacts, uploads, workspace } = services;
  const { signer } = workspace;
  const url = `${SIGNED_FILES_PATH}/*`;
  scope.route({
    method: ["GET", "HEAD"],
    url,
    config: OPEN,
    handler: (request, reply) => {
      signer.verify("GET", request.url);
      return sendArtifact(request, reply, artifacts.open(placeOf(request)));
    },
  });
  scope.route({
    method: "PUT",
    url,
    config: OPEN,
    handler: async (request, reply) => {
      signer.verify("PUT", request.url);
      const place = placeOf(request);
      await checkOpen(services, place);
      const { repository, path } = artifacts.open(place);
      await uploads.receive(request, (content) => repository.write(path, content));
      return reply.code(200).send();
    },
  });
}

function placeOf(request: FastifyRequest): NamedPlace {
  const path = pathBelow(`${SIGNED_FILES_PATH}/`, request);
  const store = NAMED_STORES.find((name) => path.startsWith(`${name}/`));
  if (store === undefined) throw new AppError("ENDPOINT_NOT_FOUND", `no artifacts are stored at '${path}'`);
  return { store, path: path.slice(store.length + 1) };
}

/** A version may have been finalized, or deleted, after the URL was given. */
async function checkOpen({ store: { registry } }: Services, { store, path }: NamedPlace): Promise<void> {
  if (await registry.mayWriteAt(`${store}:/${path}`)) return;
  throw new AppError("PERMISSION_DENIED", "the model version has its files; they cannot be changed any more");
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
