import { checkArtifactPath, type LocalTree } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { Experiment, WorkspaceObjectWire } from "@flightdeck/protocol";
import type { Store } from "@flightdeck/store";
import { createHash } from "node:crypto";
import type { Handlers } from "../calls/handler.ts";

/** Experiments that one listing of the workspace may scan. */
const OBJECTS_MAX = 50_000;

type WorkspaceHandlers = Pick<
  Handlers,
  "listWorkspace" | "getWorkspaceStatus" | "makeWorkspaceFolder" | "deleteWorkspaceObject"
>;

export function workspaceHandlers({ folders }: { readonly folders: LocalTree }): WorkspaceHandlers {
  return {
    listWorkspace: async (request, { store }) => {
      const path = parseWorkspacePath(request.path);
      const object = await getWorkspaceObject({ store, folders }, path);
      if (object.object_type === "MLFLOW_EXPERIMENT") return { objects: [object] };
      return { objects: await listWorkspaceFolder({ store, folders }, path) };
    },
    getWorkspaceStatus: async ({ path }, { store }) =>
      await getWorkspaceObject({ store, folders }, parseWorkspacePath(path)),
    makeWorkspaceFolder: async (request, { store }) => {
      const path = parseWorkspacePath(request.path);
      if ((await store.tracking.findExperimentByName(`/${path}`)) !== undefined) {
        throw new AppError("RESOURCE_ALREADY_EXISTS", `Node named '/${path}' already exists`);
      }
      if (path !== "") await folders.makeFolder(path);
      return {};
    },
    deleteWorkspaceObject: async (request, { store }) => {
      const path = parseWorkspacePath(request.path);
      if (path === "")
        throw new AppError("INVALID_PARAMETER_VALUE", "the workspace's root cannot be deleted");
      const object = await getWorkspaceObject({ store, folders }, path);
      if (object.object_type === "DIRECTORY") await deleteFolder({ store, folders }, path, request.recursive);
      else await store.tracking.deleteExperiment(object.resource_id ?? "");
      return {};
    },
  };
}

async function deleteFolder(tree: WorkspaceTree, path: string, recursive: boolean): Promise<void> {
  const children = await listWorkspaceFolder(tree, path);
  if (children.length > 0 && !recursive) {
    throw new AppError("INVALID_PARAMETER_VALUE", `Folder '/${path}' is not empty; use recursive=true`);
  }
  for (const child of children) {
    if (child.object_type === "DIRECTORY") await deleteFolder(tree, child.path.slice(1), true);
    else await tree.store.tracking.deleteExperiment(child.resource_id ?? "");
  }
  const { folders } = tree;
  if ((await folders.find(path)) !== undefined) await folders.files.delete(path);
}

/** The tree of a workspace: the experiments that the caller may see, and the workspace's own folders. */
type WorkspaceTree = { readonly store: Store; readonly folders: LocalTree };

/** Page size of the store's search. */
const PAGE_MAX = 1000;

/** Parses an absolute workspace path. Returns it relative to the root, "" for the root itself. */
export function parseWorkspacePath(text: string): string {
  if (text.startsWith("/")) return checkArtifactPath(text.replace(/\/{2,}/g, "/").slice(1));
  const message = `Path (${JSON.stringify(text)}) must begin with '/'`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** The experiment or folder at a path. A folder also exists when an experiment's name lies below it. */
export async function getWorkspaceObject(tree: WorkspaceTree, path: string): Promise<WorkspaceObjectWire> {
  const experiment = path === "" ? undefined : await tree.store.tracking.findExperimentByName(`/${path}`);
  if (experiment?.lifecycleStage === "active") return experimentObject(experiment);
  if ((await tree.folders.find(path)) !== undefined) return folderObject(path);
  for await (const { name } of experimentsOf(tree)) {
    if (name.startsWith(`/${path}/`)) return folderObject(path);
  }
  throw new AppError("RESOURCE_DOES_NOT_EXIST", `Path (/${path}) doesn't exist.`);
}

/** Direct children of a folder, sorted by path: its folders, folders implied by experiments' names, and experiments. */
export async function listWorkspaceFolder(tree: WorkspaceTree, path: string): Promise<WorkspaceObjectWire[]> {
  const prefix = path === "" ? "/" : `/${path}/`;
  const objects = new Map<string, WorkspaceObjectWire>();
  for (const { path: folder } of await tree.folders.files.list(path)) {
    objects.set(`/${folder}`, folderObject(folder));
  }
  for await (const experiment of experimentsOf(tree)) {
    if (!experiment.name.startsWith(prefix)) continue;
    const [name = "", ...below] = experiment.name.slice(prefix.length).split("/");
    const child = `${prefix}${name}`;
    if (below.length === 0) objects.set(child, experimentObject(experiment));
    else if (!objects.has(child)) objects.set(child, folderObject(child.slice(1)));
  }
  return [...objects.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Experiments whose names are paths. Throws `RESOURCE_EXHAUSTED` when there are too many to scan. */
async function* experimentsOf({ store }: WorkspaceTree): AsyncGenerator<Experiment> {
  let count = 0;
  let pageToken: string | undefined;
  do {
    const page = await store.tracking.searchExperiments({
      viewType: "ACTIVE_ONLY",
      filter: "name LIKE '/%'",
      orderBy: ["name ASC"],
      maxResults: PAGE_MAX,
      pageToken,
    });
    yield* page.items;
    count += page.items.length;
    pageToken = page.nextPageToken;
    if (count > OBJECTS_MAX) {
      const message = `the workspace has more than ${OBJECTS_MAX} experiments, too many to list`;
      throw new AppError("RESOURCE_EXHAUSTED", message);
    }
  } while (pageToken !== undefined);
}

function folderObject(path: string): WorkspaceObjectWire {
  return { object_type: "DIRECTORY", path: `/${path}`, object_id: folderId(path) };
}

/** The old Databricks command line needs a numeric id, so 48 bits of the path's hash serve as one. */
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
