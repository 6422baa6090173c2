import { AppError } from "@flightdeck/core";
import { ANYBODY, int64, requiredText, shortText } from "@flightdeck/protocol";
import type { FastifyInstance } from "fastify";
import type { Readable } from "node:stream";
import { z } from "zod";
import { mountRoute } from "../api/mount-route.ts";
import type { Services } from "../api/services.ts";
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

/** Below the stores' names; what the URL must say beside it, and how long it serves, the signature covers. */
const file = z.object({ "*": shortText });
const upload = z.object({ uploadId: requiredText });
const part = upload.extend({ part: int64 });

const SIGNED = "The URL is one that this server has signed; its signature is the permission.";

function mountFiles(scope: FastifyInstance, services: Services): void {
  const { artifacts, store, uploads, workspace } = services;
  const { signer } = workspace;
  const open = {
    url: `${SIGNED_FILES_PATH}/*`,
    access: ANYBODY,
    request: file,
    description: SIGNED,
  } as const;
  mountRoute(scope, store, {
    name: "downloadSignedFile",
    ...open,
    methods: ["GET", "HEAD"],
    answer: ({ "*": path }, { request, reply }) => {
      signer.verify("GET", request.url);
      return sendArtifact(request, reply, artifacts.open(placeOf(path)));
    },
  });
  mountRoute(scope, store, {
    name: "uploadSignedFile",
    ...open,
    methods: ["PUT"],
    takesAnyBody: true,
    answer: async ({ "*": path }, { request, reply }) => {
      const by = signer.verify("PUT", request.url);
      const place = placeOf(path);
      await checkOpen(services, place);
      const { repository, path: inside } = artifacts.open(place);
      await uploads.receive(request, (content) => repository.write(inside, content), by);
      return reply.code(200).send();
    },
  });
}

function placeOf(path: string): NamedPlace {
  const store = NAMED_STORES.find((name) => path.startsWith(`${name}/`));
  if (store === undefined) throw new AppError("ENDPOINT_NOT_FOUND", `no artifacts are stored at '${path}'`);
  return { store, path: path.slice(store.length + 1) };
}

/** A version may have been finalized, or deleted, after the URL was given. */
async function checkOpen({ store: { registry } }: Services, { store, path }: NamedPlace): Promise<void> {
  if (await registry.mayWriteAt(`${store}:/${path}`)) return;
  throw new AppError("PERMISSION_DENIED", "the model version has its files; they cannot be changed any more");
}

function mountUploads(scope: FastifyInstance, { store, uploads, workspace }: Services): void {
  const { signer, multipart } = workspace;
  mountRoute(scope, store, {
    name: "uploadSignedPart",
    description: SIGNED,
    methods: ["PUT"],
    url: `${SIGNED_UPLOADS_PATH}/:uploadId/:part`,
    access: ANYBODY,
    request: part,
    takesAnyBody: true,
    answer: async ({ uploadId, part: number }, { request, reply }) => {
      const by = signer.verify("PUT", request.url);
      const write = (content: Readable): Promise<string> => multipart.writePart(uploadId, number, content);
      const etag = await uploads.receive(request, write, by);
      return reply.code(200).header("etag", etag).send();
    },
  });
  mountRoute(scope, store, {
    name: "abortSignedUpload",
    description: SIGNED,
    methods: ["DELETE"],
    url: `${SIGNED_UPLOADS_PATH}/:uploadId`,
    access: ANYBODY,
    request: upload,
    takesAnyBody: true,
    answer: async ({ uploadId }, { request, reply }) => {
      signer.verify("DELETE", request.url);
      await multipart.abort(uploadId);
      return reply.code(204).send();
    },
  });
}
