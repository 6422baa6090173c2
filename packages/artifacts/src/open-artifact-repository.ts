import { AppError, unreachable } from "@flightdeck/core";
import type { ArtifactRepository } from "./artifact-repository.ts";
import {
  DbfsArtifactRepository,
  type DbfsArtifactRepositoryOptions,
} from "./remote/dbfs-artifact-repository.ts";
import { filesRootOf } from "./databricks-paths.ts";
import { ManagedArtifactRepository } from "./remote/files-artifact-repository.ts";
import type { Fetch } from "./remote/server-requests.ts";
import { HttpArtifactRepository } from "./remote/http-artifact-repository.ts";
import { LocalArtifactRepository } from "./local/local-artifact-repository.ts";
import { parseArtifactUri } from "./artifact-uri.ts";

/** The tracking server behind which artifacts are stored, and how to reach it. */
export type OpenArtifactRepositoryOptions = {
  /** Needed for `mlflow-artifacts:` and `dbfs:` URIs. */
  readonly trackingUri?: string | undefined;
  readonly fetch?: Fetch | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

/**
 * Opens the artifact root at a URI or local path. `runs:` and `models:` URIs refer to records and are rejected: ask the server
 * for the record's artifact URI. Schemes other than `file:`, `mlflow-artifacts:`, `dbfs:` and http(s) throw `NOT_IMPLEMENTED`.
 *
 * @example
 * ```ts
 * const repository = openArtifactRepository("mlflow-artifacts:/1/0123/artifacts", { trackingUri: "http://127.0.0.1:5000" });
 * ```
 */
export function openArtifactRepository(
  uri: string,
  options: OpenArtifactRepositoryOptions = {},
): ArtifactRepository {
  const parsed = parseArtifactUri(uri);
  switch (parsed.kind) {
    case "file":
      return new LocalArtifactRepository(parsed.file);
    case "mlflow-artifacts":
    case "http": {
      const { trackingUri = parsed.kind === "http" ? parsed.url : "" } = options;
      return new HttpArtifactRepository({ ...options, rootUri: uri, trackingUri });
    }
    case "runs":
    case "models":
      throw new AppError(
        "INVALID_PARAMETER_VALUE",
        `'${uri}' refers to a record; get its artifact URI first`,
      );
    case "dbfs":
      return openInWorkspace({ ...options, trackingUri: options.trackingUri ?? "", rootUri: uri });
    case "s3":
      throw unsupportedScheme(parsed.kind, uri);
    case "other":
      throw unsupportedScheme(parsed.scheme, uri);
    default:
      return unreachable(parsed);
  }
}

/** Managed artifacts are accessed with the Files API, or with DBFS in workspaces that do not offer it. */
function openInWorkspace(options: DbfsArtifactRepositoryOptions): ArtifactRepository {
  const dbfs = new DbfsArtifactRepository(options);
  const rootPath = filesRootOf(options.rootUri);
  return rootPath === undefined ? dbfs : new ManagedArtifactRepository({ ...options, rootPath }, dbfs);
}

function unsupportedScheme(scheme: string, uri: string): AppError {
  const message = `artifacts with the scheme '${scheme}:' are not supported yet, got '${uri}'; use file:, mlflow-artifacts:, dbfs: or http(s):`;
  return new AppError("NOT_IMPLEMENTED", message);
}
