import { AppError, unreachable } from "@flightdeck/core";
import type { ArtifactRepository } from "./artifact-repository.ts";
import {
  DbfsArtifactRepository,
  type DbfsArtifactRepositoryOptions,
} from "./dbfs/dbfs-artifact-repository.ts";
import { filesRootOf } from "./files/files-root.ts";
import { GuardedArtifactRepository } from "./files/guarded-artifact-repository.ts";
import type { Fetch } from "./http/fetch.ts";
import { HttpArtifactRepository } from "./http/http-artifact-repository.ts";
import { LocalArtifactRepository } from "./local/local-artifact-repository.ts";
import { parseArtifactUri } from "./uri/parse-artifact-uri.ts";

export type OpenArtifactRepositoryOptions = {
  /** Needed for `mlflow-artifacts:` and `dbfs:` URIs. */
  readonly trackingUri?: string;
  readonly fetch?: Fetch;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * Opens the artifact root that a URI or a plain path names. `runs:` and `models:` URIs name a record, whose own URI
 * must be asked for first; other schemes than `file:`, `mlflow-artifacts:`, `dbfs:` and http(s) throw `NOT_IMPLEMENTED`.
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
        `'${uri}' names a record; ask for its artifact URI first`,
      );
    case "dbfs":
      return openInWorkspace({ trackingUri: "", ...options, rootUri: uri });
    case "s3":
      throw unsupportedScheme(parsed.kind, uri);
    case "other":
      throw unsupportedScheme(parsed.scheme, uri);
    default:
      return unreachable(parsed);
  }
}

/** What an experiment or a registered model guards is reached by the Files API, as far as a workspace lets one. */
function openInWorkspace(options: DbfsArtifactRepositoryOptions): ArtifactRepository {
  const dbfs = new DbfsArtifactRepository(options);
  const rootPath = filesRootOf(options.rootUri);
  return rootPath === undefined ? dbfs : new GuardedArtifactRepository({ ...options, rootPath }, dbfs);
}

function unsupportedScheme(scheme: string, uri: string): AppError {
  const message = `artifacts with the scheme '${scheme}:' cannot be opened yet, got '${uri}'; use file:, mlflow-artifacts:, dbfs: or http(s):`;
  return new AppError("NOT_IMPLEMENTED", message);
}
