import { z } from "zod";
import { filesPath } from "../access/resource.ts";
import { changesNothingFollowed } from "../events/change.ts";
import { endpoint } from "../endpoint.ts";
import { filesPathText } from "../ids.ts";
import { int64, repeated, requiredText, shortText } from "../scalars.ts";
import { signedHeaderSchema } from "../databricks/credential.ts";

const signedUrlSchema = z.object({ url: z.string(), headers: repeated(signedHeaderSchema) });
/** `expire_time` is a wish: a URL lives as long as the server says. */
const onePath = z.object({ path: filesPathText, expire_time: shortText.optional() });

/**
 * The calls of the Files API (https://docs.databricks.com/api/workspace/files) that give signed URLs. Clients put the
 * path into the query or into the body. Bytes and folders travel at `FILES_PATH` and `DIRECTORIES_PATH`.
 */
export const filesEndpoints = {
  createDownloadUrl: endpoint({
    methods: ["POST"],
    path: "/fs/create-download-url",
    reads: ({ path }) => [filesPath(path)],
    fieldsInQuery: true,
    request: onePath,
    response: signedUrlSchema,
  }),
  createUploadUrl: endpoint({
    methods: ["POST"],
    path: "/fs/create-upload-url",
    edits: ({ path }) => [filesPath(path)],
    changes: changesNothingFollowed,
    fieldsInQuery: true,
    request: onePath,
    response: signedUrlSchema,
  }),
  createUploadPartUrls: endpoint({
    methods: ["POST"],
    path: "/fs/create-upload-part-urls",
    edits: ({ path }) => [filesPath(path)],
    changes: changesNothingFollowed,
    request: onePath.extend({
      session_token: requiredText,
      start_part_number: int64.default(1),
      count: int64.default(1),
    }),
    response: z.object({ upload_part_urls: repeated(signedUrlSchema.extend({ part_number: int64 })) }),
  }),
  createAbortUploadUrl: endpoint({
    methods: ["POST"],
    path: "/fs/create-abort-upload-url",
    edits: ({ path }) => [filesPath(path)],
    changes: changesNothingFollowed,
    request: onePath.extend({ session_token: requiredText }),
    response: z.object({ abort_upload_url: signedUrlSchema }),
  }),
};

/** Below `/api/2.0`; a file's absolute path follows. */
export const FILES_PATH = "/fs/files";
/** Below `/api/2.0`; a folder's absolute path follows. */
export const DIRECTORIES_PATH = "/fs/directories";
