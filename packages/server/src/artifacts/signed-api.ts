import { AppError } from "@flightdeck/core";
import { ANYBODY, int64, requiredText, shortText } from "@flightdeck/protocol";
import type { Store } from "@flightdeck/store";
import type { FastifyInstance } from "fastify";
import type { Readable } from "node:stream";
import { z } from "zod";
import type { Handlers, RequestContext } from "../calls/handler.ts";
import { mountRoute } from "../calls/mount-route.ts";
import { holderOf } from "../identity/shares.ts";
import { checkPartNumber, type SignedStorage } from "../storage/multipart-uploads.ts";
import { takeBodiesAsStreams, type UploadSlots } from "../storage/receive-upload.ts";
import { sendArtifact } from "../storage/send-artifact.ts";
import { NAMED_STORES, type NamedPlace } from "../storage/served-artifacts.ts";
import {
  abortUploadUrl,
  artifactUrl,
  SIGNED_FILES_PATH,
  SIGNED_UPLOADS_PATH,
  type SignedMethod,
  uploadPartUrl,
  uriOf,
  urlMaker,
} from "../storage/signed-urls.ts";

type CredentialHandlers = Pick<
  Handlers,
  | "getReadCredentials"
  | "getWriteCredentials"
  | "getModelReadCredentials"
  | "getModelWriteCredentials"
  | "createMultipartUpload"
  | "completeMultipartUpload"
  | "getUploadPartCredentials"
>;

export function credentialHandlers(signed: SignedStorage): CredentialHandlers {
  const { artifacts, multipart, signer } = signed;
  const placeOf = async (context: RequestContext, id: string, path: string): Promise<NamedPlace> =>
    artifacts.name(await rootOf(context, id), path);
  return {
    getReadCredentials: async ({ run_id: id, path: paths }, context) => {
      return { credential_infos: await credentials(signed, context, { id, paths, method: "GET" }) };
    },
    getWriteCredentials: async ({ run_id: id, path: paths }, context) => {
      return { credential_infos: await credentials(signed, context, { id, paths, method: "PUT" }) };
    },
    getModelReadCredentials: async ({ model_id: id, paths }, context) => {
      const infos = await credentials(signed, context, { id, paths, method: "GET" });
      return { credentials: infos.map((info) => ({ credential_info: info })) };
    },
    getModelWriteCredentials: async ({ model_id: id, paths }, context) => {
      const infos = await credentials(signed, context, { id, paths, method: "PUT" });
      return { credentials: infos.map((info) => ({ credential_info: info })) };
    },
    createMultipartUpload: async ({ run_id: id, path, num_parts: count }, context) => {
      checkPartNumber(count);
      const uploadId = await multipart.create(
        uriOf(await placeOf(context, id, path)),
        holderOf(context.principal),
      );
      const urls = urlMaker(signer, context);
      const infos = Array.from({ length: count }, (_, index) =>
        credential({ id, path, uri: uploadPartUrl(urls, uploadId, index + 1) }),
      );
      return {
        upload_id: uploadId,
        upload_credential_infos: infos,
        abort_credential_info: credential({ id, path, uri: abortUploadUrl(urls, uploadId) }),
      };
    },
    completeMultipartUpload: async (request, context) => {
      const place = await placeOf(context, request.run_id, request.path);
      const target = { ...artifacts.open(place), uri: uriOf(place) };
      const parts = request.part_etags.map(({ part_number: number, etag }) => ({ number, etag }));
      await multipart.complete(request.upload_id, target, parts);
      return {};
    },
    getUploadPartCredentials: async (request, context) => {
      const { run_id: id, path, upload_id: uploadId, part_number: number } = request;
      checkPartNumber(number);
      multipart.check(uploadId, uriOf(await placeOf(context, id, path)));
      const uri = uploadPartUrl(urlMaker(signer, context), uploadId, number);
      return { upload_credential_info: credential({ id, path, uri }) };
    },
  };
}

type CredentialRequest = {
  readonly id: string;
  readonly paths: readonly string[];
  readonly method: SignedMethod;
};

async function credentials(
  { artifacts, signer }: SignedStorage,
  context: RequestContext,
  { id, paths, method }: CredentialRequest,
): Promise<CredentialInfo[]> {
  const root = await rootOf(context, id);
  const urls = urlMaker(signer, context);
  return paths.map((path) => {
    const uri = artifactUrl(urls, method, artifacts.name(root, path));
    return credential({ id, path, uri });
  });
}

type CredentialInfo = {
  readonly run_id: string;
  readonly path: string;
  readonly signed_uri: string;
  readonly headers: [];
  readonly type: "AWS_PRESIGNED_URL";
};

/** The type decides which headers clients add; for `AWS_PRESIGNED_URL` they add none. */
function credential({ id, path, uri }: { id: string; path: string; uri: string }): CredentialInfo {
  return { run_id: id, path, signed_uri: uri, headers: [], type: "AWS_PRESIGNED_URL" };
}

/** MLflow 3 sends a logged model's id in place of a run's. */
async function rootOf({ store }: RequestContext, id: string): Promise<string> {
  if (id.startsWith("m-")) return (await store.tracking.getLoggedModel(id)).artifactUri;
  return (await store.tracking.getRun(id)).info.artifactUri;
}

type SignedRoutes = SignedStorage & { readonly store: Store; readonly uploads: UploadSlots };

/** The routes that signed URLs lead to. The signature is the permission; requests carry no login. */
export function mountSignedRoutes(app: FastifyInstance, parts: SignedRoutes): void {
  void app.register(async (scope) => {
    takeBodiesAsStreams(scope);
    mountFiles(scope, parts);
    mountUploads(scope, parts);
  });
}

/** A store's name and a path in it. The signature covers the path, the method, the expiry and the holder. */
const signedFileRequest = z.object({ "*": shortText });
const signedUploadRequest = z.object({ uploadId: requiredText });
const signedPartRequest = signedUploadRequest.extend({ part: int64 });

const SIGNED = "The URL is one that this server has signed; its signature is the permission.";

function mountFiles(scope: FastifyInstance, parts: SignedRoutes): void {
  const { artifacts, store, uploads, signer } = parts;
  const open = {
    url: `${SIGNED_FILES_PATH}/*`,
    access: ANYBODY,
    request: signedFileRequest,
    description: SIGNED,
  } as const;
  mountRoute(scope, store, {
    name: "downloadSignedFile",
    ...open,
    methods: ["GET", "HEAD"],
    answer: ({ "*": path }, { request, reply }) => {
      signer.verify("GET", request.url);
      return sendArtifact(request, reply, artifacts.open(placeNamed(path)));
    },
  });
  mountRoute(scope, store, {
    name: "uploadSignedFile",
    ...open,
    methods: ["PUT"],
    takesAnyBody: true,
    answer: async ({ "*": path }, { request, reply }) => {
      const by = signer.verify("PUT", request.url);
      const place = placeNamed(path);
      await checkOpen(parts, place);
      const { repository, path: inside } = artifacts.open(place);
      await uploads.receive(request, (content) => repository.write(inside, content), by);
      return await reply.code(200).send();
    },
  });
}

function placeNamed(path: string): NamedPlace {
  const store = NAMED_STORES.find((name) => path.startsWith(`${name}/`));
  if (store === undefined) throw new AppError("ENDPOINT_NOT_FOUND", `no artifacts are stored at '${path}'`);
  return { store, path: path.slice(store.length + 1) };
}

/** A version may have been finalized, or deleted, after the URL was given. */
async function checkOpen({ store: { registry } }: SignedRoutes, { store, path }: NamedPlace): Promise<void> {
  if (await registry.mayWriteAt(`${store}:/${path}`)) return;
  const message = "the model version is finalized; its files can no longer be changed";
  throw new AppError("PERMISSION_DENIED", message);
}

function mountUploads(scope: FastifyInstance, { store, uploads, signer, multipart }: SignedRoutes): void {
  mountRoute(scope, store, {
    name: "uploadSignedPart",
    description: SIGNED,
    methods: ["PUT"],
    url: `${SIGNED_UPLOADS_PATH}/:uploadId/:part`,
    access: ANYBODY,
    request: signedPartRequest,
    takesAnyBody: true,
    answer: async ({ uploadId, part: number }, { request, reply }) => {
      const by = signer.verify("PUT", request.url);
      const write = (content: Readable): Promise<string> => multipart.writePart(uploadId, number, content);
      const etag = await uploads.receive(request, write, by);
      return await reply.code(200).header("etag", etag).send();
    },
  });
  mountRoute(scope, store, {
    name: "abortSignedUpload",
    description: SIGNED,
    methods: ["DELETE"],
    url: `${SIGNED_UPLOADS_PATH}/:uploadId`,
    access: ANYBODY,
    request: signedUploadRequest,
    takesAnyBody: true,
    answer: async ({ uploadId }, { request, reply }) => {
      signer.verify("DELETE", request.url);
      await multipart.abort(uploadId);
      return await reply.code(204).send();
    },
  });
}
