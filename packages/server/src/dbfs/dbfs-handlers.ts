import { type ArtifactRepository, type LocalTree, parseDbfsPath } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { endpoints, FileInfo, ResponseInputOf } from "@flightdeck/protocol";
import { buffer } from "node:stream/consumers";
import type { Handlers } from "../calls/handler.ts";
import { noSuchDbfsFile } from "../storage/served-artifacts.ts";
import type { DbfsHandles } from "./dbfs-handles.ts";

/** Databricks' bound for one block, one read and one base64 file: 1 MiB. */
export const BLOCK_BYTES_MAX = 1_048_576;
const READ_BYTES_DEFAULT = 524_288;

type DbfsHandlers = Pick<
  Handlers,
  | "getDbfsStatus"
  | "listDbfs"
  | "readDbfs"
  | "createDbfsFile"
  | "addDbfsBlock"
  | "closeDbfsFile"
  | "makeDbfsFolder"
  | "moveDbfs"
  | "deleteDbfs"
>;

/** DBFS as clients see it and as stored on disk, and the files that are being written to it. */
type Dbfs = {
  readonly dbfs: ArtifactRepository;
  readonly tree: LocalTree;
  readonly handles: DbfsHandles;
};

export function dbfsHandlers({ dbfs, tree, handles }: Dbfs): DbfsHandlers {
  return {
    getDbfsStatus: async (request) => {
      const path = parseDbfsPath(request.path);
      return await dbfsFile(tree, await getInfo(dbfs, path));
    },
    listDbfs: async (request) => {
      const path = parseDbfsPath(request.path);
      const infos = await dbfs.list(path);
      if (infos.length === 0) await getInfo(dbfs, path);
      return { files: await Promise.all(infos.map((info) => dbfsFile(tree, info))) };
    },
    readDbfs: async ({ path: text, offset, length = READ_BYTES_DEFAULT }) => {
      checkReadRange(offset, length);
      const path = parseDbfsPath(text);
      const { isDir, fileSizeBytes = 0 } = await getInfo(dbfs, path);
      if (isDir) throw new AppError("INVALID_PARAMETER_VALUE", `dbfs:/${path} is a directory`);
      if (offset >= fileSizeBytes || length === 0) return { bytes_read: 0, data: "" };
      const range = { start: offset, end: offset + length - 1 };
      const bytes = await buffer((await dbfs.read(path, range)).stream);
      return { bytes_read: bytes.byteLength, data: bytes.toString("base64") };
    },
    createDbfsFile: async ({ path: text, overwrite }, { principal }) => {
      const path = parseDbfsPath(text);
      await checkWritable(dbfs, path, { overwrite });
      return { handle: handles.create(path, principal) };
    },
    addDbfsBlock: async ({ handle, data }, { principal }) => {
      const block = decodeBase64(data);
      await handles.addBlock(handle, principal.name, block);
      return {};
    },
    closeDbfsFile: async ({ handle }, { principal }) => {
      await handles.close(handle, principal.name);
      return {};
    },
    makeDbfsFolder: async (request) => {
      const path = parseDbfsPath(request.path);
      const info = path === "" ? undefined : await dbfs.find(path);
      if (info !== undefined && !info.isDir) throw dbfsFileExists(path);
      if (path !== "") await tree.makeFolder(path);
      return {};
    },
    moveDbfs: async ({ source_path: source, destination_path: destination }) => {
      await tree.move(parseDbfsPath(source), parseDbfsPath(destination));
      return {};
    },
    deleteDbfs: async ({ path: text, recursive }) => {
      const path = parseDbfsPath(text);
      if (path === "") throw new AppError("INVALID_PARAMETER_VALUE", "the root of DBFS cannot be deleted");
      const info = await tree.find(path);
      if (info === undefined) return {}; // As on Databricks, deleting an absent file succeeds.
      if (info.isDir && !recursive && (await tree.files.list(path)).length > 0) throw notEmpty(path);
      await tree.files.delete(path);
      return {};
    },
  };
}

/** Refuses a path that exists, unless it is a file that may be replaced. */
export async function checkWritable(
  dbfs: ArtifactRepository,
  path: string,
  { overwrite }: { readonly overwrite: boolean },
): Promise<void> {
  if (path === "") throw new AppError("INVALID_PARAMETER_VALUE", "the root of DBFS is a directory");
  const info = await dbfs.find(path);
  if (info === undefined || (overwrite && !info.isDir)) return;
  if (!overwrite) throw dbfsFileExists(path);
  throw new AppError("INVALID_PARAMETER_VALUE", `dbfs:/${path} is a directory`);
}

async function getInfo(dbfs: ArtifactRepository, path: string): Promise<FileInfo> {
  const info = path === "" ? { path, isDir: true } : await dbfs.find(path);
  if (info === undefined) throw noSuchDbfsFile(path);
  return info;
}

type DbfsFileInput = ResponseInputOf<(typeof endpoints)["getDbfsStatus"]>;

/** Paths begin with a slash, without `dbfs:`, which the old command line refuses. */
async function dbfsFile(tree: LocalTree, info: FileInfo): Promise<DbfsFileInput> {
  const time = await tree.findModificationTimeMs(info.path);
  return {
    path: `/${info.path}`,
    is_dir: info.isDir,
    file_size: info.fileSizeBytes ?? 0,
    modification_time: time,
  };
}

function checkReadRange(offset: number, length: number): void {
  if (offset < 0) throw new AppError("INVALID_PARAMETER_VALUE", `offset must not be negative, got ${offset}`);
  if (length >= 0 && length <= BLOCK_BYTES_MAX) return;
  const message = `length must be 0..${BLOCK_BYTES_MAX}, got ${length}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function notEmpty(path: string): AppError {
  const message = `The directory dbfs:/${path} is not empty; use recursive=true to delete it with its content`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

/** Decodes one block. Throws `INVALID_PARAMETER_VALUE` for invalid base64, and `MAX_BLOCK_SIZE_EXCEEDED` above 1 MiB. */
export function decodeBase64(text: string): Uint8Array {
  const compact = text.replace(/\s/g, "");
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) {
    throw new AppError("INVALID_PARAMETER_VALUE", "the content must be base64");
  }
  const bytes = Buffer.from(compact, "base64");
  if (bytes.byteLength <= BLOCK_BYTES_MAX) return bytes;
  const message = `a block has at most ${BLOCK_BYTES_MAX} bytes, got ${bytes.byteLength}; split it into several blocks`;
  throw new AppError("MAX_BLOCK_SIZE_EXCEEDED", message);
}

export function dbfsFileExists(path: string): AppError {
  const message = `A file or directory already exists at the input path dbfs:/${path}.`;
  return new AppError("RESOURCE_ALREADY_EXISTS", message);
}
