import { z } from "zod";
import { AppError } from "@flightdeck/core";
import { filesPath } from "./access.ts";
import { changesNothingFollowed, endpoint } from "./endpoint.ts";
import { filesPathText } from "./ids.ts";
import { int64, repeated, requiredText, shortText, requiredList } from "./forms.ts";

/** A header that must be sent with a signed URL. */
export const signedHeaderSchema = z.object({ name: z.string(), value: z.string() });

/** A signed URL: it lets anyone who has it read or write one artifact for a short time. */
export const credentialInfoSchema = z.object({
  /** For a logged model, the model's id. */
  run_id: z.string().optional(),
  path: z.string().optional(),
  signed_uri: z.string(),
  headers: repeated(signedHeaderSchema),
  type: z.enum(["AZURE_SAS_URI", "AWS_PRESIGNED_URL", "GCP_SIGNED_URL", "AZURE_ADLS_GEN2_SAS_URI"]),
});

const signedUrlSchema = z.object({ url: z.string(), headers: repeated(signedHeaderSchema) });
/** `expire_time` is only a hint; the server decides how long the URL is valid. */
const onePath = z.object({ path: filesPathText, expire_time: shortText.optional() });

/**
 * The calls of the Files API (https://docs.databricks.com/api/workspace/files) that return signed URLs. Clients send
 * the path in the query or in the body. Files and folders themselves are at `FILES_PATH` and `DIRECTORIES_PATH`.
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

/** Follows `/api/2.0`; followed by a file's absolute path. */
export const FILES_PATH = "/fs/files";
/** Follows `/api/2.0`; followed by a folder's absolute path. */
export const DIRECTORIES_PATH = "/fs/directories";

/** A part of a multipart upload, as listed in the call that completes it. */
export type UploadPart = { readonly number: number; readonly etag: string };

const bodySchema = z.object({ parts: requiredList(z.object({ part_number: int64, etag: z.string() })) });

/** Parses the body of the call that completes a multipart upload in the Files API. */
export function parseUploadParts(body: unknown): UploadPart[] {
  const parsed = bodySchema.safeParse(body);
  if (parsed.success) return parsed.data.parts.map(({ part_number: number, etag }) => ({ number, etag }));
  const message = "the body must be {parts: [{part_number, etag}, …]} with at least one part";
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
