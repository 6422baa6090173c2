import type { LocalTree } from "@flightdeck/artifacts";
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
import { mountRoute } from "../calls/mount-route.ts";
import type { ArtifactPlace, NamedPlace, ServedArtifacts } from "../storage/served-artifacts.ts";
import { filesPlace, type FileUse, noSuchFile, withFile } from "./files-place.ts";

/** The same bounds as in MLflow's own listings. */
const pageSize = int64.refine(
  (size) => size >= 1 && size <= LIMITS.artifactListEntriesMax,
  `must be 1..${LIMITS.artifactListEntriesMax}`,
);
const request = z.object({ "*": filesPathText });
const pageRequest = request.extend({
  page_token: optional(requiredText),
  page_size: pageSize.default(LIMITS.artifactListEntriesMax),
});

/** Dependencies of the folder routes. `tree` is DBFS as stored on disk. */
export type DirectoryRoutes = {
  readonly store: Store;
  readonly artifacts: ServedArtifacts;
  readonly tree: LocalTree;
};

/** Folders of the Files API: check, list, create and delete them. */
export function mountDirectories(scope: FastifyInstance, parts: DirectoryRoutes): void {
  const url = `/api/2.0${DIRECTORIES_PATH}/*`;
  const { store } = parts;
  mountRoute(scope, store, {
    name: "checkDirectory",
    methods: ["HEAD"],
    url,
    request,
    reads: ({ "*": path }) => [filesPath(`/${path}`)],
    // MLflow 3 takes 404 for "empty" and asks no further, so a run's models, which are only shown there, must exist too.
    answer: ({ "*": path }, call) =>
      withFile(path, async (folder) => {
        await listFolder(await openFolder(parts, call.store, { folder, use: "read" }));
        return await call.reply.code(200).send();
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
        const opened = await openFolder(parts, call.store, { folder, use: "read" });
        const infos = await listFolder(opened);
        return await directoryPage(parts, {
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
        const { place } = await openFolder(parts, call.store, { folder, use: "write" });
        // Artifact folders come into being with their first file.
        if (place.store === "dbfs" && place.path !== "") await parts.tree.makeFolder(place.path);
        return await call.reply.code(204).send();
      }),
  });
  mountRoute(scope, store, {
    name: "deleteDirectory",
    ...editing,
    methods: ["DELETE"],
    edits: ({ "*": path }) => [filesPath(`/${path}`)],
    answer: ({ "*": path }, call) =>
      withFile(path, async (folder) => {
        await deleteFolder(await openFolder(parts, call.store, { folder, use: "write" }));
        return await call.reply.code(204).send();
      }),
  });
}

/** A folder as the request names it, and its place. */
type Folder = { readonly folder: string; readonly place: NamedPlace; readonly opened: ArtifactPlace };

async function openFolder(
  { artifacts }: DirectoryRoutes,
  store: Store,
  { folder, use }: { readonly folder: string; readonly use: FileUse },
): Promise<Folder> {
  const place = await filesPlace({ artifacts, store }, folder, use);
  return { folder, place, opened: artifacts.open(place) };
}

/** The children of a folder, with paths in the repository. Throws `NOT_FOUND` when the folder is absent or a file. */
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
  readonly file_size?: number | undefined;
  readonly last_modified?: number | undefined;
};

/** The token is the last name of the page before, so pages stay correct when files are added or removed between them. */
async function directoryPage(
  parts: DirectoryRoutes,
  { folder, place, infos, pageToken, pageSize: size }: DirectoryPage,
): Promise<{ contents: DirectoryEntryWire[]; next_page_token?: string }> {
  const rest = infos.filter((info) => pageToken === undefined || nameOf(info) > pageToken);
  const page = rest.slice(0, size);
  const contents = await Promise.all(page.map((info) => entryOf(parts, place, { info, folder })));
  const last = page.at(-1);
  return last === undefined || page.length === rest.length
    ? { contents }
    : { contents, next_page_token: nameOf(last) };
}

async function entryOf(
  { tree }: DirectoryRoutes,
  { store }: NamedPlace,
  { info, folder }: { readonly info: FileInfo; readonly folder: string },
): Promise<DirectoryEntryWire> {
  const time = store === "dbfs" ? await tree.findModificationTimeMs(info.path) : undefined;
  return {
    path: `${folder.replace(/\/$/, "")}/${nameOf(info)}`,
    name: nameOf(info),
    is_directory: info.isDir,
    file_size: info.fileSizeBytes,
    last_modified: time,
  };
}

function nameOf({ path }: FileInfo): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
