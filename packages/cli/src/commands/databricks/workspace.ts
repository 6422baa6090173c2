import type { WorkspaceObject } from "@flightdeck/client";
import type { Command } from "commander";
import { printJson } from "../../output/print.ts";
import { JSON_OPTION, type JsonFlag } from "../options.ts";
import {
  type OutputFlags,
  outputOption,
  printAsTable,
  printForReader,
  PROFILE_OPTION,
  type ProfileFlag,
  withGroupOptions,
} from "./options.ts";
import { withWorkspace } from "./with-workspace.ts";

const PATH = "<WORKSPACE_PATH>";

type Flags = ProfileFlag & JsonFlag;

type StatusFlags = ProfileFlag & OutputFlags;

type ListFlags = StatusFlags & {
  readonly long?: boolean | undefined;
  readonly id?: boolean | undefined;
  readonly absolute?: boolean | undefined;
};

type DeleteFlags = Flags & { readonly recursive?: boolean | undefined };

/** `flightdeck databricks workspace …`: manages the folders of the workspace and their contents. */
export function defineWorkspace(workspace: Command): void {
  workspace.option(...PROFILE_OPTION);
  workspace
    .command("ls")
    .alias("list")
    .description("List the contents of a folder.")
    .argument("[WORKSPACE_PATH]", "The folder.", "/")
    .option("-l, --long", "Also show type and language.")
    .option("-i, --id", "Also show the id.")
    .option("--absolute", "Show full paths.")
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(list));
  workspace
    .command("get-status")
    .description("Show the object at a path.")
    .argument(PATH, "The path.")
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(getStatus));
  workspace
    .command("mkdirs")
    .description("Create a folder and its parents.")
    .argument(PATH, "The folder.")
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(makeFolder));
  workspace
    .command("delete")
    .alias("rm")
    .description("Delete the object at a path.")
    .argument(PATH, "The path.")
    .option("-r, --recursive", "Include the contents of folders.")
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(remove));
}

async function list(path: string, flags: ListFlags): Promise<void> {
  const objects = await withWorkspace(flags, ({ client }) => client.workspace.list(path));
  printAsTable(flags, () => ({ headers: headersOf(flags), rows: objects.map(rowWith(flags)) }), { objects });
}

async function getStatus(path: string, flags: StatusFlags): Promise<void> {
  const object = await withWorkspace(flags, ({ client }) => client.workspace.getStatus(path));
  const shown = { long: true, id: true, absolute: true };
  printForReader(flags, () => ({ headers: headersOf(shown), rows: [rowWith(shown)(object)] }), object);
}

async function makeFolder(path: string, flags: Flags): Promise<void> {
  await withWorkspace(flags, ({ client }) => client.workspace.mkdirs(path));
  if (flags.json === true) printJson({ path });
}

async function remove(path: string, { recursive = false, ...flags }: DeleteFlags): Promise<void> {
  await withWorkspace(flags, ({ client }) => client.workspace.delete(path, { recursive }));
  if (flags.json === true) printJson({ path });
}

function headersOf({ long, id }: Pick<ListFlags, "long" | "id">): string[] {
  return [...(long === true ? ["Type", "Path", "Language"] : ["Path"]), ...(id === true ? ["Id"] : [])];
}

function rowWith({ long, id, absolute }: Omit<ListFlags, "json">): (object: WorkspaceObject) => string[] {
  return ({ object_type: type, path, language = "", object_id: objectId = "" }) => {
    const shown = absolute === true ? path : path.slice(path.lastIndexOf("/") + 1) || path;
    return [
      ...(long === true ? [type, shown, language] : [shown]),
      ...(id === true ? [String(objectId)] : []),
    ];
  };
}
