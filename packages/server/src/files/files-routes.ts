import { AppError, isAppError } from "@flightdeck/core";
import { FILES_PATH, parseUploadParts } from "@flightdeck/protocol";
import type { PermissionLevel } from "@flightdeck/store";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import type { Services } from "../api/services.ts";
import { pathBelow } from "../artifacts/path-below.ts";
import { queryField, required } from "../artifacts/query-field.ts";
import { sendArtifact } from "../artifacts/send-artifact.ts";
import type { ArtifactPlace } from "../artifacts/served-artifacts.ts";
import { filesNeeded } from "../identity/files-needed.ts";
import type { Needed } from "../identity/references-of.ts";
import { uriOf } from "../signed/signed-artifacts.ts";
import { filesPlace, noSuchFile } from "./files-place.ts";

const ROOT = `/api/2.0${FILES_PATH}/`;

/** Files of the Files API as streams: read, write, delete, and the two ends of a multipart upload. */
export function mountFiles(scope: FastifyInstance, services: Services): void {
  const url = `${ROOT}*`;
  scope.route({
    method: ["GET", "HEAD"],
    url,
    config: { permission: "workspace.view", resources: filesNamed(ROOT, "CAN_READ") },
    handler: (request, reply) =>
      withFile(request, async (path) => {
        const place = services.artifacts.open(await filesPlace(services, path, "read"));
        return sendArtifact(request, reply, place);
      }),
  });
  const resources = filesNamed(ROOT, "CAN_EDIT");
  const editing = { permission: "workspace.edit", rawBody: true, resources } as const;
  scope.route({
    method: "PUT",
    url,
    config: editing,
    handler: (request, reply) => withFile(request, (path) => upload(services, { request, reply, path })),
  });
  scope.route({
    method: "DELETE",
    url,
    config: editing,
    handler: (request, reply) =>
      withFile(request, async (path) => {
        const { repository, path: place } = services.artifacts.open(
          await filesPlace(services, path, "write"),
        );
        const info = place === "" ? undefined : await repository.find(place);
        if (info === undefined || info.isDir) throw noSuchFile(path.slice(1));
        await repository.delete(place);
        return reply.code(204).send();
      }),
  });
  scope.route({
    method: "POST",
    url,
    config: editing,
    handler: (request) => withFile(request, (path) => multipart(services, request, path)),
  });
}

/** What a request to a path below `root` names: the registered model whose version's files are there. */
export function filesNamed(
  root: string,
  level: PermissionLevel,
): (request: FastifyRequest) => readonly Needed[] {
  return (request) => filesNeeded(`/${pathBelow(root, request)}`, level);
}

/** Calls with the absolute path that a request names; what is absent gets the Files API's own code. */
export async function withFile<T>(
  request: FastifyRequest,
  work: (path: string) => Promise<T>,
  root: string = ROOT,
): Promise<T> {
  const path = pathBelow(root, request);
  try {
    return await work(`/${path}`);
  } catch (error) {
    throw isAppError(error, "RESOURCE_DOES_NOT_EXIST") ? noSuchFile(path, error) : error;
  }
}

type Upload = { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly path: string };

async function upload(services: Services, { request, reply, path }: Upload): Promise<FastifyReply> {
  const place = services.artifacts.open(await filesPlace(services, path, "write"));
  await checkFree(request, place);
  await services.uploads.receive(request, (content) => place.repository.write(place.path, content));
  return reply.code(204).send();
}

async function multipart(services: Services, request: FastifyRequest, path: string): Promise<object> {
  const { artifacts, workspace } = services;
  const place = await filesPlace(services, path, "write");
  const target = { ...artifacts.open(place), uri: uriOf(place) };
  const action = required(queryField(request, "action"), "action");
  if (action === "initiate-upload") {
    await checkFree(request, target);
    return { multipart_upload: { session_token: await workspace.multipart.create(target.uri) } };
  }
  if (action !== "complete-upload") {
    const message = `action must be initiate-upload or complete-upload, got ${JSON.stringify(action)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  const uploadId = required(queryField(request, "session_token"), "session_token");
  const parts = await services.uploads.receive(request, async (body) => parseUploadParts(await jsonOf(body)));
  await workspace.multipart.complete(uploadId, target, parts);
  return {};
}

async function jsonOf(body: Readable): Promise<unknown> {
  try {
    return await json(body);
  } catch (cause) {
    throw new AppError("MALFORMED_REQUEST", "the body is not valid JSON", { cause });
  }
}

async function checkFree(request: FastifyRequest, { repository, path }: ArtifactPlace): Promise<void> {
  if (queryField(request, "overwrite")?.toLowerCase() === "true" || path === "") return;
  if ((await repository.find(path)) === undefined) return;
  throw new AppError(
    "ALREADY_EXISTS",
    "The file being created already exists; say overwrite=true to replace it.",
  );
}
