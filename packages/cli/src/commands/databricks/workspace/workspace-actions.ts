import type { WorkspaceObject } from "@flightdeck/client";
import { printJson } from "../../../output/print.ts";
import type { JsonFlag } from "../../json-option.ts";
import { type OutputFlags, printAsTable, printForReader } from "../output-options.ts";
import type { ProfileFlag } from "../workspace-options.ts";
import { withWorkspace } from "../with-workspace.ts";

type Flags = ProfileFlag & JsonFlag;
export type StatusFlags = ProfileFlag & OutputFlags;
export type ListFlags = StatusFlags & {
  readonly long?: boolean;
  readonly id?: boolean;
  readonly absolute?: boolean;
};
export type DeleteFlags = Flags & { readonly recursive?: boolean };

export async function list(path: string, flags: ListFlags): Promise<void> {
  const objects = await withWorkspace(flags, ({ client }) => client.workspace.list(path));
  printAsTable(flags, () => ({ headers: headersOf(flags), rows: objects.map(rowWith(flags)) }), { objects });
}

export async function getStatus(path: string, flags: StatusFlags): Promise<void> {
  const object = await withWorkspace(flags, ({ client }) => client.workspace.getStatus(path));
  const shown = { long: true, id: true, absolute: true };
  printForReader(flags, () => ({ headers: headersOf(shown), rows: [rowWith(shown)(object)] }), object);
}

export async function makeFolder(path: string, flags: Flags): Promise<void> {
  await withWorkspace(flags, ({ client }) => client.workspace.mkdirs(path));
  if (flags.json === true) printJson({ path });
}

export async function remove(path: string, { recursive = false, ...flags }: DeleteFlags): Promise<void> {
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
