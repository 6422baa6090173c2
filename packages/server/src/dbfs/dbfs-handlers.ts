import { parseDbfsPath } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { FileInfo, ResponseInputOf } from "@flightdeck/protocol";
import type { endpoints } from "@flightdeck/protocol";
import { buffer } from "node:stream/consumers";
import type { Handlers, RequestContext } from "../api/handler.ts";
import { BOUNDS } from "../bounds.ts";
import { decodeBase64 } from "./base64.ts";
import { dbfsFileExists, noSuchDbfsFile } from "./dbfs-errors.ts";

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

export const dbfsHandlers: DbfsHandlers = {
  getDbfsStatus: async (request, context) => {
    const path = parseDbfsPath(request.path);
    return dbfsFile(context, await getInfo(context, path));
  },
  listDbfs: async (request, context) => {
    const path = parseDbfsPath(request.path);
    const infos = await context.artifacts.dbfs.list(path);
    if (infos.length === 0) await getInfo(context, path);
    return { files: await Promise.all(infos.map((info) => dbfsFile(context, info))) };
  },
  readDbfs: async ({ path: text, offset, length = BOUNDS.dbfsReadBytesDefault }, context) => {
    checkReadRange(offset, length);
    const path = parseDbfsPath(text);
    const { isDir, fileSizeBytes = 0 } = await getInfo(context, path);
    if (isDir) throw new AppError("INVALID_PARAMETER_VALUE", `dbfs:/${path} is a directory`);
    if (offset >= fileSizeBytes || length === 0) return { bytes_read: 0, data: "" };
    const range = { start: offset, end: offset + length - 1 };
    const bytes = await buffer((await context.artifacts.dbfs.read(path, range)).stream);
    return { bytes_read: bytes.byteLength, data: bytes.toString("base64") };
  },
  createDbfsFile: async ({ path: text, overwrite }, context) => {
    const path = parseDbfsPath(text);
    await checkWritable(context, path, { overwrite });
    return { handle: context.workspace.handles.create(path, context.principal) };
  },
  addDbfsBlock: async ({ handle, data }, context) => {
    const block = decodeBase64(data);
    await context.workspace.handles.addBlock(handle, context.principal.name, block);
    return {};
  },
  closeDbfsFile: async ({ handle }, context) => {
    await context.workspace.handles.close(handle, context.principal.name);
    return {};
  },
  makeDbfsFolder: async (request, context) => {
    const path = parseDbfsPath(request.path);
    const info = path === "" ? undefined : await context.artifacts.dbfs.find(path);
    if (info !== undefined && !info.isDir) throw dbfsFileExists(path);
    if (path !== "") await context.workspace.dbfs.makeFolder(path);
    return {};
  },
  moveDbfs: async ({ source_path: source, destination_path: destination }, { workspace }) => {
    await workspace.dbfs.move(parseDbfsPath(source), parseDbfsPath(destination));
    return {};
  },
  deleteDbfs: async ({ path: text, recursive }, { workspace }) => {
    const path = parseDbfsPath(text);
    if (path === "") throw new AppError("INVALID_PARAMETER_VALUE", "the root of DBFS cannot be deleted");
    const info = await workspace.dbfs.find(path);
    if (info === undefined) return {}; // As Databricks: what is not there is deleted.
    if (info.isDir && !recursive && (await workspace.dbfs.files.list(path)).length > 0) throw notEmpty(path);
    await workspace.dbfs.files.delete(path);
    return {};
  },
};

/** Refuses a place that is taken, unless a file there may be replaced. */
export async function checkWritable(
  { artifacts }: Pick<RequestContext, "artifacts">,
  path: string,
  { overwrite }: { readonly overwrite: boolean },
): Promise<void> {
  if (path === "") throw new AppError("INVALID_PARAMETER_VALUE", "the root of DBFS is a directory");
  const info = await artifacts.dbfs.find(path);
  if (info === undefined || (overwrite && !info.isDir)) return;
  if (!overwrite) throw dbfsFileExists(path);
  throw new AppError("INVALID_PARAMETER_VALUE", `dbfs:/${path} is a directory`);
}

async function getInfo({ artifacts }: RequestContext, path: string): Promise<FileInfo> {
  const info = path === "" ? { path, isDir: true } : await artifacts.dbfs.find(path);
  if (info === undefined) throw noSuchDbfsFile(path);
  return info;
}

type DbfsFileInput = ResponseInputOf<(typeof endpoints)["getDbfsStatus"]>;

/** A path of DBFS begins with a slash and nothing before: the old command line refuses `dbfs:`. */
async function dbfsFile({ workspace }: RequestContext, info: FileInfo): Promise<DbfsFileInput> {
  const time = await workspace.dbfs.findModificationTimeMs(info.path);
  return {
    path: `/${info.path}`,
    is_dir: info.isDir,
    file_size: info.fileSizeBytes ?? 0,
    ...(time !== undefined && { modification_time: time }),
  };
}

function checkReadRange(offset: number, length: number): void {
  if (offset < 0) throw new AppError("INVALID_PARAMETER_VALUE", `offset must not be negative, got ${offset}`);
  if (length >= 0 && length <= BOUNDS.dbfsBlockBytesMax) return;
  const message = `length must be 0..${BOUNDS.dbfsBlockBytesMax}, got ${length}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function notEmpty(path: string): AppError {
  const message = `The directory dbfs:/${path} is not empty; say recursive=true to delete it with what is in it`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
