import type { DbfsFileWire } from "@flightdeck/client";
import { invalid } from "@flightdeck/core";
import type { Command } from "commander";
import { note, printJson, printLine, printResult, writeThrough } from "../../output/print.ts";
import { showCopy } from "../../output/progress.ts";
import { JSON_OPTION, type JsonFlag } from "../options.ts";
import { copyFiles } from "./copy-files.ts";
import { checkDbfsPath, dbfsPlace, isDbfsPath, localPlace } from "./places.ts";
import {
  type OutputFlags,
  outputOption,
  printAsTable,
  PROFILE_OPTION,
  type ProfileFlag,
  withGroupOptions,
} from "./options.ts";
import { withWorkspace } from "./with-workspace.ts";

const RECURSIVE: readonly [string, string] = ["-r, --recursive", "Include the contents of folders."];

type Flags = ProfileFlag & JsonFlag;

type ListFlags = ProfileFlag &
  OutputFlags & { readonly l?: boolean | undefined; readonly absolute?: boolean | undefined };

type RecursiveFlags = Flags & { readonly recursive?: boolean | undefined };

type CopyFlags = RecursiveFlags & { readonly overwrite?: boolean | undefined };

/** `flightdeck databricks fs …`: paths that start with `dbfs:/` are on DBFS, all others on this machine. */
export function defineFs(fs: Command): void {
  fs.option(...PROFILE_OPTION);
  fs.command("ls")
    .description("List the contents of a folder.")
    .argument("[DBFS_PATH]", "Path of the folder or file.", "dbfs:/")
    .option("-l", "Also show type, size and modification time.")
    .option("--absolute", "Show full paths.")
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(list));
  fs.command("cat")
    .description("Print the content of a file.")
    .argument("<SRC>", "The file.")
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(printFile));
  fs.command("cp")
    .description("Copy files to, from or within DBFS.")
    .argument("<SRC>", "File or folder to copy.")
    .argument("<DST>", "The destination: a path, or an existing folder to copy into.")
    .option(...RECURSIVE)
    .option("--overwrite", "Replace existing files.")
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(copy));
  fs.command("mkdirs")
    .description("Create a folder and its parents.")
    .argument("<DBFS_PATH>", "The folder.")
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(makeFolder));
  fs.command("mv")
    .description("Move a file or folder within DBFS.")
    .argument("<SRC>", "File or folder to move.")
    .argument("<DST>", "New path, which must not exist.")
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(move));
  fs.command("rm")
    .description("Delete a file or folder in DBFS.")
    .argument("<DBFS_PATH>", "File or folder to delete.")
    .option(...RECURSIVE)
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(remove));
}

async function list(path: string, flags: ListFlags): Promise<void> {
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

async function printFile(path: string, flags: ProfileFlag): Promise<void> {
  await withWorkspace(flags, async ({ client, signal }) => {
    const { stream } = await client.dbfs.download(checkDbfsPath(path), { signal });
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      if (!process.stdout.writable) break; // `… | head` has closed the pipe.
      await writeThrough(process.stdout, chunk);
    }
  });
}

async function copy(source: string, destination: string, flags: CopyFlags): Promise<void> {
  if (!isDbfsPath(source) && !isDbfsPath(destination)) {
    const message = "both paths are local; one of them must begin with dbfs:/";
    throw invalid(message);
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
  printJson({ copied, skipped, bytes });
}

async function makeFolder(path: string, flags: Flags): Promise<void> {
  await withWorkspace(flags, ({ client }) => client.dbfs.mkdirs(checkDbfsPath(path)));
  printDone(flags, { path });
}

async function move(source: string, destination: string, flags: Flags): Promise<void> {
  await withWorkspace(flags, ({ client }) =>
    client.dbfs.move(checkDbfsPath(source), checkDbfsPath(destination)),
  );
  printDone(flags, { source, destination });
}

async function remove(path: string, { recursive = false, ...flags }: RecursiveFlags): Promise<void> {
  await withWorkspace(flags, ({ client, signal }) =>
    client.dbfs.delete(checkDbfsPath(path), { recursive, signal }),
  );
  printResult(flags.json, "Delete finished successfully.", { path });
}

/** Prints nothing without `--json`, like the old command line and like `mkdir` and `mv`. */
function printDone({ json }: JsonFlag, result: object): void {
  if (json === true) printJson(result);
}
