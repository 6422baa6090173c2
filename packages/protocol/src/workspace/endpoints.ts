import { z } from "zod";
import { empty } from "../empty.ts";
import { ADMINS_CHANGE, ADMINS_READ } from "../access/access.ts";
import { changesNothingFollowed } from "../events/change.ts";
import { endpoint } from "../endpoint.ts";
import { bool, int64, repeated, requiredText } from "../scalars.ts";

/**
 * A folder (`DIRECTORY`), or an experiment whose name is a path (`MLFLOW_EXPERIMENT`). `resource_id` is the experiment's
 * id, and so is its `object_id`. Read as a text: a workspace of Databricks has more types, notebooks with a language say.
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
export type WorkspaceObjectWire = z.input<typeof workspaceObjectSchema>;

const onePath = z.object({ path: requiredText });

/** The workspace's tree (https://docs.databricks.com/api/workspace/workspace): folders and the experiments in them. */
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
