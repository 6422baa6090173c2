import type { Command } from "commander";
import { JSON_OPTION } from "../../json-option.ts";
import { outputOption } from "../output-options.ts";
import { PROFILE_OPTION } from "../workspace-options.ts";
import type * as Actions from "./fs-actions.ts";

const RECURSIVE: readonly [string, string] = ["-r, --recursive", "A folder, with all that is in it."];

/** `flightdeck databricks fs …`: paths of DBFS begin with `dbfs:/`, all others are files of this machine. */
export function addFsCommand(databricks: Command): void {
  const fs = databricks
    .command("fs")
    .description("Work with files of DBFS, dbfs:/….")
    .option(...PROFILE_OPTION);
  fs.command("ls")
    .description("List what is in a folder.")
    .argument("[DBFS_PATH]", "The folder, or a file.", "dbfs:/")
    .option("-l", "Show kind, size and modification time too.")
    .option("--absolute", "Show whole paths.")
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(async (path: string, _flags: object, command: Command) =>
      (await actions()).list(path, command.optsWithGlobals()),
    );
  fs.command("cat")
    .description("Print the content of a file.")
    .argument("<SRC>", "The file.")
    .option(...PROFILE_OPTION)
    .action(async (path: string, _flags: object, command: Command) =>
      (await actions()).printFile(path, command.optsWithGlobals()),
    );
  fs.command("cp")
    .description("Copy files to DBFS, from it, or within it.")
    .argument("<SRC>", "What to copy.")
    .argument("<DST>", "Where to; into a folder that is there.")
    .option(...RECURSIVE)
    .option("--overwrite", "Replace files that are there.")
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(async (source: string, destination: string, _flags: object, command: Command) =>
      (await actions()).copy({ source, destination }, command.optsWithGlobals()),
    );
  fs.command("mkdirs")
    .description("Make a folder and those above it.")
    .argument("<DBFS_PATH>", "The folder.")
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(async (path: string, _flags: object, command: Command) =>
      (await actions()).makeFolder(path, command.optsWithGlobals()),
    );
  fs.command("mv")
    .description("Move a file or folder within DBFS.")
    .argument("<SRC>", "What to move.")
    .argument("<DST>", "Its new path, where nothing is yet.")
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(async (source: string, destination: string, _flags: object, command: Command) =>
      (await actions()).move({ source, destination }, command.optsWithGlobals()),
    );
  fs.command("rm")
    .description("Delete a file or folder of DBFS.")
    .argument("<DBFS_PATH>", "What to delete.")
    .option(...RECURSIVE)
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(async (path: string, _flags: object, command: Command) =>
      (await actions()).remove(path, command.optsWithGlobals()),
    );
}

function actions(): Promise<typeof Actions> {
  return import("./fs-actions.ts");
}
