import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { artifactPath } from "../access/resource.ts";
import { empty } from "../empty.ts";
import { endpoint } from "../endpoint.ts";
import { changesNothingFollowed } from "../events/change.ts";
import { proxiedPath } from "../ids.ts";
import { int64, longText, repeated, requiredText, shortText } from "../scalars.ts";

/** `path` is the file on the client's disk; its last name is the artifact's. `folder` comes behind the call's own path. */
const named = z.object({ folder: proxiedPath, path: requiredText });
const ofUpload = named.extend({ upload_id: requiredText });

/**
 * Uploads of large files in parts, through the artifact proxy. The artifact's folder follows each path, percent-encoded
 * by segment; so they are mounted beside the table.
 */
export const multipartUploadEndpoints = {
  create: endpoint({
    methods: ["POST"],
    path: "/mlflow-artifacts/mpu/create",
    edits: ({ folder }) => [artifactPath(folder)],
    changes: changesNothingFollowed,
    request: named.extend({ num_parts: int64.default(1) }),
    response: z.object({
      upload_id: z.string(),
      credentials: repeated(
        z.object({
          url: z.string(),
          part_number: int64,
          headers: z.record(z.string(), z.string()).default({}),
        }),
      ),
    }),
  }),
  complete: endpoint({
    methods: ["POST"],
    path: "/mlflow-artifacts/mpu/complete",
    edits: ({ folder }) => [artifactPath(folder)],
    changes: changesNothingFollowed,
    request: ofUpload.extend({
      parts: repeated(
        z.object({ part_number: int64, etag: shortText, url: longText.optional() }),
        LIMITS.requestItemsMax,
      ),
    }),
    response: empty,
  }),
  abort: endpoint({
    methods: ["POST"],
    path: "/mlflow-artifacts/mpu/abort",
    edits: ({ folder }) => [artifactPath(folder)],
    changes: changesNothingFollowed,
    request: ofUpload,
    response: empty,
  }),
};
