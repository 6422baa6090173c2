import { AppError } from "@flightdeck/core";
import { DIRECTORIES_PATH, type FileInfo, LIMITS } from "@flightdeck/protocol";
import type { FastifyInstance } from "fastify";
import type { Services } from "../api/services.ts";
import { queryField } from "../artifacts/query-field.ts";
import type { NamedPlace } from "../artifacts/served-artifacts.ts";
import { filesNamed, withFile } from "./files-routes.ts";
import { filesPlace, noSuchFile } from "./files-place.ts";

const ROOT = `/api/2.0${DIRECTORIES_PATH}/`;

/** Folders of the Files API: whether one is there, what is in it, make and delete one. */
export function mountDirectories(scope: FastifyInstance, services: Services): void {
  const url = `${ROOT}*`;
  const viewing = { permission: "workspace.view", resources: filesNamed(ROOT, "CAN_READ") } as const;
  const resources = filesNamed(ROOT, "CAN_EDIT");
  const editing = { permission: "workspace.edit", rawBody: true, resources } as const;
  scope.route({
    method: "HEAD",
    url,
    config: viewing,
    // MLflow 3 takes 404 as "empty" and asks no further, so that a folder which is only shown must be there too.
    handler: (request, reply) =>
      withFolder(request, async (path) => {
        await listFolder(services, path);
        return reply.code(200).send();
      }),
  });
  scope.route({
    method: "GET",
    url,
    config: viewing,
    handler: (request) =>
      withFolder(request, async (path) => {
        const infos = await listFolder(services, path);
        const options = {
          pageToken: queryField(request, "page_token"),
          pageSize: Number(queryField(request, "page_size") ?? LIMITS.artifactListEntriesMax),
        };
        return directoryPage(services, { path, infos, ...options });
      }),
  });
  scope.route({
    method: "PUT",
    url,
    config: editing,
    handler: (request, reply) =>
      withFolder(request, async (path) => {
        const place = await filesPlace(services, path, "write");
        // Folders of artifacts come with the first file in them.
        if (place.store === "dbfs" && place.path !== "") await services.workspace.dbfs.makeFolder(place.path);
        return reply.code(204).send();
      }),
  });
  scope.route({
    method: "DELETE",
    url,
    config: editing,
    handler: (request, reply) =>
      withFolder(request, async (path) => {
        await deleteFolder(services, path);
        return reply.code(204).send();
      }),
  });
}

function withFolder<T>(
  request: Parameters<typeof withFile>[0],
  work: (path: string) => Promise<T>,
): Promise<T> {
  return withFile(request, work, ROOT);
}

/** A folder's children, with paths of the repository. Throws `NOT_FOUND` when it is absent, or a file. */
async function listFolder(services: Services, path: string): Promise<readonly FileInfo[]> {
  const { repository, path: folder } = services.artifacts.open(await filesPlace(services, path, "read"));
  const infos = await repository.list(folder);
  if (infos.some((info) => info.path === folder)) throw noSuchFile(path.slice(1));
  if (infos.length > 0 || folder === "") return infos;
  if ((await repository.find(folder)) === undefined) throw noSuchFile(path.slice(1));
  return infos;
}

async function deleteFolder(services: Services, path: string): Promise<void> {
  const { repository, path: folder } = services.artifacts.open(await filesPlace(services, path, "write"));
  const infos = await listFolder(services, path);
  if (infos.length > 0) {
    throw new AppError("INVALID_PARAMETER_VALUE", `The directory '${path}' is not empty.`);
  }
  if (folder === "") throw new AppError("INVALID_PARAMETER_VALUE", "the root cannot be deleted");
  await repository.delete(folder);
}

type DirectoryPage = {
  readonly path: string;
  readonly infos: readonly FileInfo[];
  readonly pageToken: string | undefined;
  readonly pageSize: number;
};

type DirectoryEntryWire = {
  readonly path: string;
  readonly name: string;
  readonly is_directory: boolean;
  readonly file_size?: number;
  readonly last_modified?: number;
};

/** The token is the name that the page before ended with, so pages stay right when files come and go between them. */
async function directoryPage(
  services: Services,
  { path, infos, pageToken, pageSize }: DirectoryPage,
): Promise<{ contents: DirectoryEntryWire[]; next_page_token?: string }> {
  if (!(pageSize >= 1 && pageSize <= LIMITS.artifactListEntriesMax)) {
    const message = `page_size must be 1..${LIMITS.artifactListEntriesMax}, got ${pageSize}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  const place = await filesPlace(services, path, "read");
  const rest = infos.filter((info) => pageToken === undefined || nameOf(info) > pageToken);
  const page = rest.slice(0, pageSize);
  const contents = await Promise.all(page.map((info) => entryOf(services, place, { info, folder: path })));
  const last = page.at(-1);
  return last === undefined || page.length === rest.length
    ? { contents }
    : { contents, next_page_token: nameOf(last) };
}

async function entryOf(
  { workspace }: Services,
  { store }: NamedPlace,
  { info, folder }: { readonly info: FileInfo; readonly folder: string },
): Promise<DirectoryEntryWire> {
  const time = store === "dbfs" ? await workspace.dbfs.findModificationTimeMs(info.path) : undefined;
  return {
    path: `${folder.replace(/\/$/, "")}/${nameOf(info)}`,
    name: nameOf(info),
    is_directory: info.isDir,
    ...(info.fileSizeBytes !== undefined && { file_size: info.fileSizeBytes }),
    ...(time !== undefined && { last_modified: time }),
  };
}

function nameOf({ path }: FileInfo): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
