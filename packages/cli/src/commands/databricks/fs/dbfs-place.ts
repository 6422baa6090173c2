import type { DbfsApi, DbfsFileWire } from "@flightdeck/client";
import { AppError } from "@flightdeck/core";
import type { Entry, Place } from "./place.ts";

const SCHEME = "dbfs:";

export function isDbfsPath(path: string): boolean {
  return path.startsWith(`${SCHEME}/`);
}

/** Throws `INVALID_PARAMETER_VALUE` for a path that is not of DBFS. */
export function checkDbfsPath(path: string): string {
  if (isDbfsPath(path)) return path;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `a path of DBFS begins with dbfs:/, got ${JSON.stringify(path)}`,
  );
}

/** Files of a workspace's DBFS, with paths that begin with `dbfs:/`. */
export function dbfsPlace(dbfs: DbfsApi): Place {
  return {
    find: async (path) => {
      const found = await dbfs.findStatus(path);
      return found === undefined ? undefined : { ...entryOf(found), path };
    },
    list: async (path) => (await dbfs.list(path)).map((file) => checkChild(path, entryOf(file))),
    makeFolder: (path) => dbfs.mkdirs(path),
    open: async (path, signal) => (await dbfs.download(path, { signal })).stream,
    write: async (path, { content, overwrite, signal, onProgress }) => {
      let told = 0;
      const tell = ({ bytesDone }: { readonly bytesDone: number }): void => {
        onProgress(bytesDone - told);
        told = bytesDone;
      };
      await dbfs.upload(path, content, { overwrite, signal, onProgress: tell });
    },
    join: (folder, name) => `${folder.replace(/(?<!\/)\/+$/, "")}/${name}`,
    nameOf,
  };
}

function entryOf({ path, is_dir: isDir, file_size: sizeBytes }: DbfsFileWire): Entry {
  return { path: path.startsWith(SCHEME) ? path : SCHEME + path, isDir, sizeBytes };
}

function nameOf(path: string): string {
  return (
    path
      .replace(/(?<!\/)\/+$/, "")
      .split("/")
      .at(-1) ?? ""
  );
}

/** A hostile workspace could name a place outside of the folder that it is copied to. */
function checkChild(folder: string, entry: Entry): Entry {
  const name = nameOf(entry.path);
  const isInside = entry.path === `${folder.replace(/(?<!\/)\/+$/, "")}/${name}`;
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (isInside && !["", ".", ".."].includes(name) && !/[\\\u0000-\u001f]/.test(name)) return entry;
  const message = `the workspace listed ${JSON.stringify(entry.path)} in ${folder}, which is no name in that folder`;
  throw new AppError("PERMISSION_DENIED", message);
}
