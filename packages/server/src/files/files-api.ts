import type { LocalTree } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import {
  bool,
  FILES_PATH,
  filesPath,
  filesPathText,
  optional,
  parseUploadParts,
  requiredText,
} from "@flightdeck/protocol";
import type { Store } from "@flightdeck/store";
import type { FastifyInstance } from "fastify";
import type { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import { z } from "zod";
import type { Handlers, RequestContext } from "../calls/handler.ts";
import { mountRoute, type RouteCall } from "../calls/mount-route.ts";
import { holderOf } from "../identity/shares.ts";
import { checkPartNumber, PARTS_MAX, type SignedStorage } from "../storage/multipart-uploads.ts";
import { takeBodiesAsStreams, type UploadSlots } from "../storage/receive-upload.ts";
import { sendArtifact } from "../storage/send-artifact.ts";
import type { ArtifactPlace, NamedPlace } from "../storage/served-artifacts.ts";
import { abortUploadUrl, artifactUrl, uploadPartUrl, uriOf, urlMaker } from "../storage/signed-urls.ts";
import { mountDirectories } from "./directories.ts";
import { filesPlace, type FileUse, noSuchFile, withFile } from "./files-place.ts";

const request = z.object({ "*": filesPathText, overwrite: bool.default(false) });
const multipartRequest = request.extend({
  action: z.enum(["initiate-upload", "complete-upload"]),
  session_token: optional(requiredText),
});

/** Dependencies of the Files API routes. */
type FilesRoutes = Omit<SignedStorage, "signer"> & {
  readonly store: Store;
  readonly uploads: UploadSlots;
  readonly tree: LocalTree;
};

type File = { readonly path: string; readonly overwrite: boolean };

/** Files of the Files API: read, write, delete, and start and complete a multipart upload. */
export function mountFiles(scope: FastifyInstance, parts: FilesRoutes): void {
  const { artifacts, store } = parts;
  const url = `/api/2.0${FILES_PATH}/*`;
  mountRoute(scope, store, {
    name: "downloadFile",
    methods: ["GET", "HEAD"],
    url,
    request,
    reads: ({ "*": path }) => [filesPath(`/${path}`)],
    answer: ({ "*": path }, call) =>
      withFile(path, async (file) => {
        const place = artifacts.open(await filesPlace({ artifacts, store: call.store }, file, "read"));
        return await sendArtifact(call.request, call.reply, place);
      }),
  });
  const editing = { url, takesAnyBody: true } as const;
  mountRoute(scope, store, {
    name: "uploadFile",
    ...editing,
    methods: ["PUT"],
    request,
    edits: ({ "*": path }) => [filesPath(`/${path}`)],
    answer: ({ "*": path, overwrite }, call) =>
      withFile(path, (file) => upload(parts, call, { path: file, overwrite })),
  });
  mountRoute(scope, store, {
    name: "deleteFile",
    ...editing,
    methods: ["DELETE"],
    request,
    edits: ({ "*": path }) => [filesPath(`/${path}`)],
    answer: ({ "*": path }, call) =>
      withFile(path, async (file) => {
        const named = await filesPlace({ artifacts, store: call.store }, file, "write");
        const { repository, path: place } = artifacts.open(named);
        const info = place === "" ? undefined : await repository.find(place);
        if (info === undefined || info.isDir) throw noSuchFile(file.slice(1));
        await repository.delete(place);
        return await call.reply.code(204).send();
      }),
  });
  mountRoute(scope, store, {
    name: "uploadFileInParts",
    ...editing,
    methods: ["POST"],
    request: multipartRequest,
    edits: ({ "*": path }) => [filesPath(`/${path}`)],
    answer: (input, call) =>
      withFile(input["*"], (file) =>
        input.action === "initiate-upload"
          ? initiateUpload(parts, call, { path: file, overwrite: input.overwrite })
          : completeUpload(parts, call, { path: file, uploadId: input.session_token }),
      ),
  });
}

async function upload(
  { artifacts, uploads }: FilesRoutes,
  { store, request: incoming, reply }: RouteCall,
  file: File,
): Promise<unknown> {
  const place = artifacts.open(await filesPlace({ artifacts, store }, file.path, "write"));
  await checkFree(place, file.overwrite);
  await uploads.receive(incoming, (content) => place.repository.write(place.path, content));
  return await reply.code(204).send();
}

async function initiateUpload(
  { artifacts, multipart }: FilesRoutes,
  { store, request: { principal } }: RouteCall,
  file: File,
): Promise<object> {
  const place = await filesPlace({ artifacts, store }, file.path, "write");
  await checkFree(artifacts.open(place), file.overwrite);
  const uploadId = await multipart.create(uriOf(place), holderOf(principal));
  return { multipart_upload: { session_token: uploadId } };
}

async function completeUpload(
  { artifacts, uploads, multipart }: FilesRoutes,
  { store, request: incoming }: RouteCall,
  { path, uploadId }: { readonly path: string; readonly uploadId: string | undefined },
): Promise<object> {
  if (uploadId === undefined) {
    throw new AppError("BAD_REQUEST", 'Request must include the "session_token" query parameter.');
  }
  const place = await filesPlace({ artifacts, store }, path, "write");
  const parts = await uploads.receive(incoming, async (body) => parseUploadParts(await jsonOf(body)));
  await multipart.complete(uploadId, { ...artifacts.open(place), uri: uriOf(place) }, parts);
  return {};
}

async function jsonOf(body: Readable): Promise<unknown> {
  try {
    return await json(body);
  } catch (cause) {
    throw new AppError("MALFORMED_REQUEST", "the body is not valid JSON", { cause });
  }
}

async function checkFree({ repository, path }: ArtifactPlace, overwrite: boolean): Promise<void> {
  if (overwrite || path === "" || (await repository.find(path)) === undefined) return;
  throw new AppError(
    "ALREADY_EXISTS",
    "The file being created already exists; use overwrite=true to replace it.",
  );
}

type FilesHandlers = Pick<
  Handlers,
  "createDownloadUrl" | "createUploadUrl" | "createUploadPartUrls" | "createAbortUploadUrl"
>;

export function filesHandlers({ artifacts, multipart, signer }: SignedStorage): FilesHandlers {
  const placeOf = ({ store }: RequestContext, path: string, use: FileUse): Promise<NamedPlace> =>
    filesPlace({ artifacts, store }, path, use);
  return {
    createDownloadUrl: async ({ path }, context) => {
      const place = await placeOf(context, path, "read");
      return { url: artifactUrl(urlMaker(signer, context), "GET", place), headers: [] };
    },
    createUploadUrl: async ({ path }, context) => {
      const place = await placeOf(context, path, "write");
      return { url: artifactUrl(urlMaker(signer, context), "PUT", place), headers: [] };
    },
    createUploadPartUrls: async (
      { path, session_token: uploadId, start_part_number: start, count },
      context,
    ) => {
      multipart.check(uploadId, uriOf(await placeOf(context, path, "write")));
      const numbers = partNumbers(start, count);
      const urls = urlMaker(signer, context);
      return {
        upload_part_urls: numbers.map((number) => {
          return { url: uploadPartUrl(urls, uploadId, number), part_number: number, headers: [] };
        }),
      };
    },
    createAbortUploadUrl: async ({ path, session_token: uploadId }, context) => {
      multipart.check(uploadId, uriOf(await placeOf(context, path, "write")));
      return { abort_upload_url: { url: abortUploadUrl(urlMaker(signer, context), uploadId), headers: [] } };
    },
  };
}

function partNumbers(start: number, count: number): number[] {
  checkPartNumber(start);
  if (count < 1 || count > PARTS_MAX) {
    const message = `count must be 1..${PARTS_MAX}, got ${count}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  checkPartNumber(start + count - 1);
  return Array.from({ length: count }, (_, index) => start + index);
}

/** Mounts the Files API, with which MLflow 3 and databricks-sdk store artifacts and files. */
export function mountFilesApi(app: FastifyInstance, parts: FilesRoutes): void {
  void app.register(async (scope) => {
    takeBodiesAsStreams(scope);
    mountFiles(scope, parts);
    mountDirectories(scope, parts);
  });
}
