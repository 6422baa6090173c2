import { z } from "zod";
import { empty } from "../empty.ts";
import { endpoint } from "../endpoint.ts";
import { int64, repeated } from "../scalars.ts";

/** The file on the client's disk; its last name is the artifact's. */
const named = z.object({ path: z.string() });
const ofUpload = named.extend({ upload_id: z.string() });

/**
 * Uploads of large files in parts, through the artifact proxy. The artifact's folder follows each path, percent-encoded
 * by segment; so they are no entries of the table.
 */
export const multipartUploadEndpoints = {
  create: endpoint({
    methods: ["POST"],
    path: "/mlflow-artifacts/mpu/create",
    permission: "experiment.edit",
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
    permission: "experiment.edit",
    request: ofUpload.extend({
      parts: repeated(z.object({ part_number: int64, etag: z.string(), url: z.string().optional() })),
    }),
    response: empty,
  }),
  abort: endpoint({
    methods: ["POST"],
    path: "/mlflow-artifacts/mpu/abort",
    permission: "experiment.edit",
    request: ofUpload,
    response: empty,
  }),
};
