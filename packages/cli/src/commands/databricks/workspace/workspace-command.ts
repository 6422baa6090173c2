import type { Command } from "commander";
import { JSON_OPTION } from "../../json-option.ts";
import { outputOption } from "../output-options.ts";
import { PROFILE_OPTION } from "../workspace-options.ts";
import type * as Actions from "./workspace-actions.ts";

const PATH = "<WORKSPACE_PATH>";

/** `flightdeck databricks workspace …`: the workspace's tree of folders and what is in them. */
export function addWorkspaceCommand(databricks: Command): void {
  const workspace = databricks
    .command("workspace")
    .description("Work with the workspace's folders and experiments.")
    .option(...PROFILE_OPTION);
  workspace
    .command("ls")
    .alias("list")
    .description("List what is in a folder.")
    .argument("[WORKSPACE_PATH]", "The folder.", "/")
    .option("-l, --long", "Show type and language too.")
    .option("-i, --id", "Show the id too.")
    .option("--absolute", "Show whole paths.")
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(async (path: string, _flags: object, command: Command) =>
      (await actions()).list(path, command.optsWithGlobals()),
    );
  workspace
    .command("get-status")
    .description("Show what is at a path.")
    .argument(PATH, "The path.")
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(async (path: string, _flags: object, command: Command) =>
      (await actions()).getStatus(path, command.optsWithGlobals()),
    );
  workspace
    .command("mkdirs")
    .description("Make a folder and those above it.")
    .argument(PATH, "The folder.")
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(async (path: string, _flags: object, command: Command) =>
      (await actions()).makeFolder(path, command.optsWithGlobals()),
    );
  workspace
    .command("delete")
    .alias("rm")
    .description("Delete what is at a path.")
    .argument(PATH, "The path.")
    .option("-r, --recursive", "A folder, with all that is in it.")
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(async (path: string, _flags: object, command: Command) =>
      (await actions()).remove(path, command.optsWithGlobals()),
    );
}

function actions(): Promise<typeof Actions> {
  return import("./workspace-actions.ts");
}
