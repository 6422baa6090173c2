import { AppError } from "@flightdeck/core";
import {
  DIRECTORIES_PATH,
  type FileInfo,
  filesPath,
  filesPathText,
  int64,
  LIMITS,
  optional,
  requiredText,
} from "@flightdeck/protocol";
import type { Store } from "@flightdeck/store";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { mountRoute } from "../api/mount-route.ts";
import type { Services } from "../api/services.ts";
import type { ArtifactPlace, NamedPlace } from "../artifacts/served-artifacts.ts";
import type { FileUse } from "../unity-catalog/model-files-place.ts";
import { filesPlace, noSuchFile } from "./files-place.ts";
import { withFile } from "./files-routes.ts";

/** Bounds of a page, by which the listing of an open server goes as well. */
const pageSize = int64.refine(
  (size) => size >= 1 && size <= LIMITS.artifactListEntriesMax,
  `must be 1..${LIMITS.artifactListEntriesMax}`,
);
const request = z.object({ "*": filesPathText });
const pageRequest = request.extend({
  page_token: optional(requiredText),
  page_size: pageSize.default(LIMITS.artifactListEntriesMax),
});

/** Folders of the Files API: whether one is there, what is in it, make and delete one. */
export function mountDirectories(scope: FastifyInstance, services: Services): void {
  const url = `/api/2.0${DIRECTORIES_PATH}/*`;
  const { store } = services;
  mountRoute(scope, store, {
    name: "checkDirectory",
    methods: ["HEAD"],
    url,
    request,
    reads: ({ "*": path }) => [filesPath(`/${path}`)],
    // MLflow 3 takes 404 as "empty" and asks no further, so that a folder which is only shown must be there too.
    answer: ({ "*": path }, call) =>
      withFile(path, async (folder) => {
        await listFolder(await openFolder(services, call.store, { folder, use: "read" }));
        return call.reply.code(200).send();
      }),
  });
  mountRoute(scope, store, {
    name: "listDirectory",
    methods: ["GET"],
    url,
    request: pageRequest,
    reads: ({ "*": path }) => [filesPath(`/${path}`)],
    answer: ({ "*": path, ...page }, call) =>
      withFile(path, async (folder) => {
        const opened = await openFolder(services, call.store, { folder, use: "read" });
        const infos = await listFolder(opened);
        return directoryPage(services, {
          ...opened,
          infos,
          pageToken: page.page_token,
          pageSize: page.page_size,
        });
      }),
  });
  const editing = { url, request, takesAnyBody: true } as const;
  mountRoute(scope, store, {
    name: "createDirectory",
    ...editing,
    methods: ["PUT"],
    edits: ({ "*": path }) => [filesPath(`/${path}`)],
    answer: ({ "*": path }, call) =>
      withFile(path, async (folder) => {
        const { place } = await openFolder(services, call.store, { folder, use: "write" });
        // Folders of artifacts come with the first file in them.
        if (place.store === "dbfs" && place.path !== "") await services.workspace.dbfs.makeFolder(place.path);
        return call.reply.code(204).send();
      }),
  });
  mountRoute(scope, store, {
    name: "deleteDirectory",
    ...editing,
    methods: ["DELETE"],
    edits: ({ "*": path }) => [filesPath(`/${path}`)],
    answer: ({ "*": path }, call) =>
      withFile(path, async (folder) => {
        await deleteFolder(await openFolder(services, call.store, { folder, use: "write" }));
        return call.reply.code(204).send();
      }),
  });
}

/** A folder as the request names it, and where it is. */
type Folder = { readonly folder: string; readonly place: NamedPlace; readonly opened: ArtifactPlace };

async function openFolder(
  { artifacts }: Services,
  store: Store,
  { folder, use }: { readonly folder: string; readonly use: FileUse },
): Promise<Folder> {
  const place = await filesPlace({ artifacts, store }, folder, use);
  return { folder, place, opened: artifacts.open(place) };
}

/** A folder's children, with paths of the repository. Throws `NOT_FOUND` when it is absent, or a file. */
async function listFolder({ folder, opened }: Folder): Promise<readonly FileInfo[]> {
  const { repository, path } = opened;
  const infos = await repository.list(path);
  if (infos.some((info) => info.path === path)) throw noSuchFile(folder.slice(1));
  if (infos.length > 0 || path === "") return infos;
  if ((await repository.find(path)) === undefined) throw noSuchFile(folder.slice(1));
  return infos;
}

async function deleteFolder(folder: Folder): Promise<void> {
  const infos = await listFolder(folder);
  if (infos.length > 0) {
    throw new AppError("INVALID_PARAMETER_VALUE", `The directory '${folder.folder}' is not empty.`);
  }
  const { repository, path } = folder.opened;
  if (path === "") throw new AppError("INVALID_PARAMETER_VALUE", "the root cannot be deleted");
  await repository.delete(path);
}

type DirectoryPage = Folder & {
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
  { folder, place, infos, pageToken, pageSize: size }: DirectoryPage,
): Promise<{ contents: DirectoryEntryWire[]; next_page_token?: string }> {
  const rest = infos.filter((info) => pageToken === undefined || nameOf(info) > pageToken);
  const page = rest.slice(0, size);
  const contents = await Promise.all(page.map((info) => entryOf(services, place, { info, folder })));
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
