import { z } from "zod";
import { type Page, bool, int64, repeated, longText, shortText, empty, requiredText } from "./forms.ts";
import { artifactPath, run } from "./access.ts";
import { endpoint, changesNothingFollowed } from "./endpoint.ts";
import { withRunId, optional, proxiedPath } from "./ids.ts";
import { LIMITS } from "./limits.ts";

/** One entry of an artifact folder. `path` is relative to the listed root. */
export type FileInfo = {
  readonly path: string;
  readonly isDir: boolean;
  readonly fileSizeBytes?: number | undefined;
};

const fileInfoSchema = z.object({
  path: z.string(),
  is_dir: bool.default(false),
  file_size: int64.optional(),
});
/** `FileInfo` of MLflow's protos (`mlflow/protos/service.proto`): `file_size` in bytes, absent for a folder. */
export type FileInfoWire = z.infer<typeof fileInfoSchema>;

export const artifactPage = z.object({
  root_uri: z.string().default(""),
  files: repeated(fileInfoSchema),
  next_page_token: z.string().optional(),
});

/** Converts an artifact or folder to its wire form. */
export function fileInfoToWire(info: FileInfo): FileInfoWire {
  return {
    path: info.path,
    is_dir: info.isDir,
    file_size: info.fileSizeBytes,
  };
}

/** Converts an artifact or folder from its wire form. */
export function fileInfoFromWire(wire: FileInfoWire): FileInfo {
  return {
    path: wire.path,
    isDir: wire.is_dir,
    fileSizeBytes: wire.file_size,
  };
}

/** Input of `listArtifacts`. */
export type ListArtifactsInput = {
  readonly runId: string;
  /** A folder below the run's artifact root; absent means the root. */
  readonly path?: string | undefined;
  readonly pageToken?: string | undefined;
};

/** A page of a folder's entries, whose paths are relative to `rootUri`. */
export type ArtifactPage = Page<FileInfo> & { readonly rootUri: string };

/** Converts the input of `listArtifacts` to its wire form. */
export function listArtifactsToWire({ runId, path, pageToken }: ListArtifactsInput) {
  return { run_id: runId, path, page_token: pageToken };
}

/**
 * Calls with JSON bodies. The artifacts themselves are transferred by GET, PUT and DELETE on
 * `ARTIFACT_PROXY_PATH/{path}`, which is streamed and therefore not in the endpoint table.
 */
export const artifactEndpoints = {
  /** Lists a run's artifacts, or with `path` one of its folders. */
  listArtifacts: endpoint({
    methods: ["GET"],
    path: "/mlflow/artifacts/list",
    reads: ({ run_id: id }) => [run(id)],
    request: withRunId({ path: shortText.optional(), page_token: longText.optional() }),
    response: artifactPage,
  }),
  /** Lists the store behind the proxy; the returned paths are relative to `path`. */
  listProxiedArtifacts: endpoint({
    methods: ["GET"],
    path: "/mlflow-artifacts/artifacts",
    reads: ({ path }) => [artifactPath(path ?? "")],
    request: z.object({ path: optional(proxiedPath) }),
    response: z.object({ files: repeated(fileInfoSchema) }),
  }),
};

/** Follows the API prefix; followed by the artifact's path with percent-encoded segments. */
export const ARTIFACT_PROXY_PATH = "/mlflow-artifacts/artifacts";

/**
 * `path` is the file on the client's disk; its base name is the artifact's name. `folder` follows the path of the call.
 */
const named = z.object({ folder: proxiedPath, path: requiredText });
const ofUpload = named.extend({ upload_id: requiredText });

/**
 * Multipart uploads of large files through the artifact proxy. Each path is followed by the artifact's folder with
 * percent-encoded segments, so the server mounts these calls outside the endpoint table.
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
