import { AppError, isAppError } from "@flightdeck/core";
import {
  bool,
  FILES_PATH,
  filesPath,
  filesPathText,
  optional,
  parseUploadParts,
  requiredText,
} from "@flightdeck/protocol";
import type { FastifyInstance } from "fastify";
import type { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import { z } from "zod";
import { mountRoute, type RouteCall } from "../api/mount-route.ts";
import type { Services } from "../api/services.ts";
import { sendArtifact } from "../artifacts/send-artifact.ts";
import type { ArtifactPlace } from "../artifacts/served-artifacts.ts";
import { holderOf } from "../shares.ts";
import { uriOf } from "../signed/signed-artifacts.ts";
import { filesPlace, noSuchFile } from "./files-place.ts";

const request = z.object({ "*": filesPathText, overwrite: bool.default(false) });
const multipartRequest = request.extend({
  action: z.enum(["initiate-upload", "complete-upload"]),
  session_token: optional(requiredText),
});

type File = { readonly path: string; readonly overwrite: boolean };

/** Files of the Files API as streams: read, write, delete, and the two ends of a multipart upload. */
export function mountFiles(scope: FastifyInstance, services: Services): void {
  const { artifacts, store } = services;
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
        return sendArtifact(call.request, call.reply, place);
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
      withFile(path, (file) => upload(services, call, { path: file, overwrite })),
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
        return call.reply.code(204).send();
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
          ? initiateUpload(services, call, { path: file, overwrite: input.overwrite })
          : completeUpload(services, call, { path: file, uploadId: input.session_token }),
      ),
  });
}

/** Calls with the absolute path that a request names; what is absent gets the Files API's own code. */
export async function withFile<T>(path: string, work: (path: string) => Promise<T>): Promise<T> {
  try {
    return await work(`/${path}`);
  } catch (error) {
    throw isAppError(error, "RESOURCE_DOES_NOT_EXIST") ? noSuchFile(path, error) : error;
  }
}

async function upload(
  { artifacts, uploads }: Services,
  { store, request: incoming, reply }: RouteCall,
  file: File,
): Promise<unknown> {
  const place = artifacts.open(await filesPlace({ artifacts, store }, file.path, "write"));
  await checkFree(place, file.overwrite);
  await uploads.receive(incoming, (content) => place.repository.write(place.path, content));
  return reply.code(204).send();
}

async function initiateUpload(
  { artifacts, workspace }: Services,
  { store, request: { principal } }: RouteCall,
  file: File,
): Promise<object> {
  const place = await filesPlace({ artifacts, store }, file.path, "write");
  await checkFree(artifacts.open(place), file.overwrite);
  const uploadId = await workspace.multipart.create(uriOf(place), holderOf(principal));
  return { multipart_upload: { session_token: uploadId } };
}

async function completeUpload(
  { artifacts, uploads, workspace }: Services,
  { store, request: incoming }: RouteCall,
  { path, uploadId }: { readonly path: string; readonly uploadId: string | undefined },
): Promise<object> {
  if (uploadId === undefined) {
    throw new AppError("BAD_REQUEST", 'Request must include the "session_token" query parameter.');
  }
  const place = await filesPlace({ artifacts, store }, path, "write");
  const parts = await uploads.receive(incoming, async (body) => parseUploadParts(await jsonOf(body)));
  await workspace.multipart.complete(uploadId, { ...artifacts.open(place), uri: uriOf(place) }, parts);
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
    "The file being created already exists; say overwrite=true to replace it.",
  );
}
