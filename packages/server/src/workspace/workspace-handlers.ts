import { AppError } from "@flightdeck/core";
import type { Handlers } from "../api/handler.ts";
import { getWorkspaceObject, listWorkspaceFolder, parseWorkspacePath } from "./workspace-tree.ts";

type WorkspaceHandlers = Pick<
  Handlers,
  "listWorkspace" | "getWorkspaceStatus" | "makeWorkspaceFolder" | "deleteWorkspaceObject"
>;

export const workspaceHandlers: WorkspaceHandlers = {
  listWorkspace: async (request, context) => {
    const path = parseWorkspacePath(request.path);
    const object = await getWorkspaceObject(context, path);
    if (object.object_type === "MLFLOW_EXPERIMENT") return { objects: [object] };
    return { objects: await listWorkspaceFolder(context, path) };
  },
  getWorkspaceStatus: async ({ path }, context) => getWorkspaceObject(context, parseWorkspacePath(path)),
  makeWorkspaceFolder: async (request, { store, workspace }) => {
    const path = parseWorkspacePath(request.path);
    if ((await store.tracking.findExperimentByName(`/${path}`)) !== undefined) {
      throw new AppError("RESOURCE_ALREADY_EXISTS", `Node named '/${path}' already exists`);
    }
    if (path !== "") await workspace.folders.makeFolder(path);
    return {};
  },
  deleteWorkspaceObject: async (request, context) => {
    const path = parseWorkspacePath(request.path);
    if (path === "") throw new AppError("INVALID_PARAMETER_VALUE", "the workspace's root cannot be deleted");
    const object = await getWorkspaceObject(context, path);
    if (object.object_type === "DIRECTORY") await deleteFolder(context, path, request.recursive);
    else await context.store.tracking.deleteExperiment(object.resource_id ?? "");
    return {};
  },
};

type Context = Parameters<typeof getWorkspaceObject>[0];

async function deleteFolder(context: Context, path: string, recursive: boolean): Promise<void> {
  const children = await listWorkspaceFolder(context, path);
  if (children.length > 0 && !recursive) {
    throw new AppError("INVALID_PARAMETER_VALUE", `Folder '/${path}' is not empty; say recursive=true`);
  }
  for (const child of children) {
    if (child.object_type === "DIRECTORY") await deleteFolder(context, child.path.slice(1), true);
    else await context.store.tracking.deleteExperiment(child.resource_id ?? "");
  }
  const { folders } = context.workspace;
  if ((await folders.find(path)) !== undefined) await folders.files.delete(path);
}
