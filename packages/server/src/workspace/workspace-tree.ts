import { checkArtifactPath } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { Experiment, WorkspaceObjectWire } from "@flightdeck/protocol";
import { createHash } from "node:crypto";
import type { Services } from "../api/services.ts";
import { BOUNDS } from "../bounds.ts";

type Context = Pick<Services, "store" | "workspace">;

/** Experiments on one page of the store's search. */
const PAGE_MAX = 1000;

/** Reads an absolute workspace path and gives it relative to the root, "" for the root itself. */
export function parseWorkspacePath(text: string): string {
  if (text.startsWith("/")) return checkArtifactPath(text.replace(/\/{2,}/g, "/").slice(1));
  const message = `Path (${JSON.stringify(text)}) must begin with '/'`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** The experiment or folder at a path; a folder is there when something is in it, too. */
export async function getWorkspaceObject(context: Context, path: string): Promise<WorkspaceObjectWire> {
  const experiment = path === "" ? undefined : await context.store.tracking.findExperimentByName(`/${path}`);
  if (experiment?.lifecycleStage === "active") return experimentObject(experiment);
  if ((await context.workspace.folders.find(path)) !== undefined) return folderObject(path);
  for await (const { name } of experimentsOf(context)) {
    if (name.startsWith(`/${path}/`)) return folderObject(path);
  }
  throw new AppError("RESOURCE_DOES_NOT_EXIST", `Path (/${path}) doesn't exist.`);
}

/** Direct children of a folder, sorted by path: folders made, folders that experiments' names imply, experiments. */
export async function listWorkspaceFolder(context: Context, path: string): Promise<WorkspaceObjectWire[]> {
  const prefix = path === "" ? "/" : `/${path}/`;
  const objects = new Map<string, WorkspaceObjectWire>();
  for (const { path: folder } of await context.workspace.folders.files.list(path)) {
    objects.set(`/${folder}`, folderObject(folder));
  }
  for await (const experiment of experimentsOf(context)) {
    if (!experiment.name.startsWith(prefix)) continue;
    const [name = "", ...below] = experiment.name.slice(prefix.length).split("/");
    const child = `${prefix}${name}`;
    if (below.length === 0) objects.set(child, experimentObject(experiment));
    else if (!objects.has(child)) objects.set(child, folderObject(child.slice(1)));
  }
  return [...objects.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Experiments whose names are paths. Throws `RESOURCE_EXHAUSTED` when they are too many to look through. */
async function* experimentsOf({ store }: Context): AsyncGenerator<Experiment> {
  let count = 0;
  let pageToken: string | undefined;
  do {
    const page = await store.tracking.searchExperiments({
      viewType: "ACTIVE_ONLY",
      filter: "name LIKE '/%'",
      orderBy: ["name ASC"],
      maxResults: PAGE_MAX,
      ...(pageToken !== undefined && { pageToken }),
    });
    yield* page.items;
    count += page.items.length;
    pageToken = page.nextPageToken;
    if (count > BOUNDS.workspaceObjectsMax) {
      const message = `the workspace has more than ${BOUNDS.workspaceObjectsMax} experiments, too many to list`;
      throw new AppError("RESOURCE_EXHAUSTED", message);
    }
  } while (pageToken !== undefined);
}

function folderObject(path: string): WorkspaceObjectWire {
  return { object_type: "DIRECTORY", path: `/${path}`, object_id: folderId(path) };
}

/** The old Databricks command line asks for a number. A folder is its path, so the number is made of it: 48 bits. */
function folderId(path: string): number {
  return createHash("sha256").update(path).digest().readUIntBE(0, 6);
}

function experimentObject(experiment: Experiment): WorkspaceObjectWire {
  return {
    object_type: "MLFLOW_EXPERIMENT",
    path: experiment.name,
    object_id: Number(experiment.experimentId),
    resource_id: experiment.experimentId,
    created_at: experiment.creationTimeMs,
    modified_at: experiment.lastUpdateTimeMs,
  };
}
