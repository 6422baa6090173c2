import { z } from "zod";
import { empty, bool, int64, repeated, requiredText } from "./forms.ts";
import { ADMINS_CHANGE, ADMINS_READ } from "./access.ts";
import { changesNothingFollowed, endpoint } from "./endpoint.ts";

/**
 * A folder (`DIRECTORY`), or an experiment whose name is a path (`MLFLOW_EXPERIMENT`). An experiment's id is both its
 * `resource_id` and its `object_id`. The type is parsed as a plain string, since Databricks has others, such as
 * notebooks with a language.
 */
const workspaceObjectSchema = z.object({
  object_type: z.string(),
  path: z.string(),
  language: z.string().optional(),
  object_id: int64.optional(),
  resource_id: z.string().optional(),
  created_at: int64.optional(),
  modified_at: int64.optional(),
});
/** A folder or file of the workspace (https://docs.databricks.com/api/workspace/workspace/getstatus). */
export type WorkspaceObjectWire = z.input<typeof workspaceObjectSchema>;

const onePath = z.object({ path: requiredText });

/** The Workspace API (https://docs.databricks.com/api/workspace/workspace): folders and the experiments in them. */
export const workspaceEndpoints = {
  listWorkspace: endpoint({
    methods: ["GET"],
    path: "/workspace/list",
    access: ADMINS_READ,
    request: onePath,
    response: z.object({ objects: repeated(workspaceObjectSchema) }),
  }),
  getWorkspaceStatus: endpoint({
    methods: ["GET"],
    path: "/workspace/get-status",
    access: ADMINS_READ,
    request: onePath,
    response: workspaceObjectSchema,
  }),
  makeWorkspaceFolder: endpoint({
    methods: ["POST"],
    path: "/workspace/mkdirs",
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    request: onePath,
    response: empty,
  }),
  deleteWorkspaceObject: endpoint({
    methods: ["POST"],
    path: "/workspace/delete",
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    request: onePath.extend({ recursive: bool.default(false) }),
    response: empty,
  }),
};
