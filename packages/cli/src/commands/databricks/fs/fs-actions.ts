import type { DbfsFileWire } from "@flightdeck/client";
import { AppError } from "@flightdeck/core";
import { note, printLine } from "../../../output/print.ts";
import { printResult } from "../../../output/print-result.ts";
import { writeThrough } from "../../../output/write-through.ts";
import type { JsonFlag } from "../../json-option.ts";
import { type OutputFlags, printAsTable } from "../output-options.ts";
import type { ProfileFlag } from "../workspace-options.ts";
import { withWorkspace } from "../with-workspace.ts";
import { copyFiles } from "./copy-files.ts";
import { checkDbfsPath, dbfsPlace, isDbfsPath } from "./dbfs-place.ts";
import { localPlace } from "./local-place.ts";
import { showCopy } from "./show-copy.ts";

type Flags = ProfileFlag & JsonFlag;
export type ListFlags = ProfileFlag & OutputFlags & { readonly l?: boolean; readonly absolute?: boolean };
export type RecursiveFlags = Flags & { readonly recursive?: boolean };
export type CopyFlags = RecursiveFlags & { readonly overwrite?: boolean };
type Pair = { readonly source: string; readonly destination: string };

export async function list(path: string, flags: ListFlags): Promise<void> {
  const files = await withWorkspace(flags, ({ client }) => client.dbfs.list(checkDbfsPath(path)));
  const shown = (file: DbfsFileWire): string =>
    flags.absolute === true ? `dbfs:${file.path}` : file.path.slice(file.path.lastIndexOf("/") + 1);
  const table = {
    headers: flags.l === true ? ["Kind", "Bytes", "Name", "Modified"] : ["Name"],
    rows: files.map((file) => (flags.l === true ? longRow(file, shown(file)) : [shown(file)])),
  };
  printAsTable(flags, () => table, { files });
}

function longRow(file: DbfsFileWire, name: string): string[] {
  const { is_dir: isDir, file_size: bytes, modification_time: timeMs } = file;
  return [isDir ? "dir" : "file", String(bytes), name, timeMs === undefined ? "" : String(timeMs)];
}

export async function printFile(path: string, flags: ProfileFlag): Promise<void> {
  await withWorkspace(flags, async ({ client, signal }) => {
    const { stream } = await client.dbfs.download(checkDbfsPath(path), { signal });
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      if (!process.stdout.writable) break; // `… | head` has had enough.
      await writeThrough(process.stdout, chunk);
    }
  });
}

export async function copy({ source, destination }: Pair, flags: CopyFlags): Promise<void> {
  if (!isDbfsPath(source) && !isDbfsPath(destination)) {
    const message = "both paths are of this machine; one of them must begin with dbfs:/";
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  const { recursive = false, overwrite = false } = flags;
  const { copied, skipped, bytes } = await withWorkspace(flags, ({ client, signal }) => {
    const placeOf = (path: string) => (isDbfsPath(path) ? dbfsPlace(client.dbfs) : localPlace);
    const [from, to] = [placeOf(source), placeOf(destination)];
    const onProgress = showCopy();
    return copyFiles({ from, source, to, destination, recursive, overwrite, signal, onProgress });
  });
  if (flags.json !== true) {
    for (const pair of copied) printLine(`${pair.source} -> ${pair.destination}`);
    for (const pair of skipped) note(`${pair.destination} is already there; --overwrite replaces it`);
    return;
  }
  printResult(true, "", { copied, skipped, bytes });
}

export async function makeFolder(path: string, flags: Flags): Promise<void> {
  await withWorkspace(flags, ({ client }) => client.dbfs.mkdirs(checkDbfsPath(path)));
  printDone(flags, { path });
}

export async function move({ source, destination }: Pair, flags: Flags): Promise<void> {
  await withWorkspace(flags, ({ client }) =>
    client.dbfs.move(checkDbfsPath(source), checkDbfsPath(destination)),
  );
  printDone(flags, { source, destination });
}

export async function remove(path: string, { recursive = false, ...flags }: RecursiveFlags): Promise<void> {
  await withWorkspace(flags, ({ client, signal }) =>
    client.dbfs.delete(checkDbfsPath(path), { recursive, signal }),
  );
  printResult(flags.json, "Delete finished successfully.", { path });
}

/** As with the old command line, and `mkdir` and `mv`, no news are good news. */
function printDone({ json }: JsonFlag, result: object): void {
  if (json === true) printResult(json, "", result);
}
