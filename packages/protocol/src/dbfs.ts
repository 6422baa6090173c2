import { z } from "zod";
import { empty, bool, int64, repeated, text } from "./forms.ts";
import { ADMINS_CHANGE, dbfsPath } from "./access.ts";
import { changesNothingFollowed, endpoint } from "./endpoint.ts";
import { LIMITS } from "./limits.ts";
import { dbfsPathText } from "./ids.ts";

/** A file or folder in DBFS. `path` is absolute, without `dbfs:`, which old clients refuse. */
const dbfsFileSchema = z.object({
  path: z.string(),
  is_dir: bool.default(false),
  file_size: int64.default(0),
  modification_time: int64.optional(),
});

const onePath = z.object({ path: dbfsPathText });

/**
 * The JSON calls of DBFS (https://docs.databricks.com/api/workspace/dbfs). Streaming at `/dbfs/<path>`, and `dbfs/put`,
 * which also accepts a form, are outside the endpoint table.
 */
export const dbfsEndpoints = {
  getDbfsStatus: endpoint({
    methods: ["GET"],
    path: "/dbfs/get-status",
    reads: ({ path }) => [dbfsPath(path)],
    request: onePath,
    response: dbfsFileSchema,
  }),
  listDbfs: endpoint({
    methods: ["GET"],
    path: "/dbfs/list",
    reads: ({ path }) => [dbfsPath(path)],
    request: onePath,
    response: z.object({ files: repeated(dbfsFileSchema) }),
  }),
  readDbfs: endpoint({
    methods: ["GET"],
    path: "/dbfs/read",
    reads: ({ path }) => [dbfsPath(path)],
    request: onePath.extend({ offset: int64.default(0), length: int64.optional() }),
    response: z.object({ bytes_read: int64, data: z.string() }),
  }),
  createDbfsFile: endpoint({
    methods: ["POST"],
    path: "/dbfs/create",
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    request: onePath.extend({ overwrite: bool.default(false) }),
    response: z.object({ handle: int64 }),
  }),
  addDbfsBlock: endpoint({
    methods: ["POST"],
    path: "/dbfs/add-block",
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    request: z.object({ handle: int64, data: text(LIMITS.jsonBodyBytesMax) }),
    response: empty,
  }),
  closeDbfsFile: endpoint({
    methods: ["POST"],
    path: "/dbfs/close",
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    request: z.object({ handle: int64 }),
    response: empty,
  }),
  makeDbfsFolder: endpoint({
    methods: ["POST"],
    path: "/dbfs/mkdirs",
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    request: onePath,
    response: empty,
  }),
  moveDbfs: endpoint({
    methods: ["POST"],
    path: "/dbfs/move",
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    request: z.object({ source_path: dbfsPathText, destination_path: dbfsPathText }),
    response: empty,
  }),
  deleteDbfs: endpoint({
    methods: ["POST"],
    path: "/dbfs/delete",
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    request: onePath.extend({ recursive: bool.default(false) }),
    response: empty,
  }),
};
