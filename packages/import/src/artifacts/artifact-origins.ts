import {
  type ArtifactRepository,
  LocalArtifactRepository,
  openArtifactRepository,
  type OpenArtifactRepositoryOptions,
  parseArtifactUri,
} from "@flightdeck/artifacts";
import { messageOf } from "@flightdeck/core";
import { join } from "node:path";
import { isWithinRoots } from "./is-within-roots.ts";
import { listLocalFiles } from "./list-local-files.ts";
import { listRepositoryFiles } from "./list-repository-files.ts";

/** A run's or a model's files in the source. */
export type ArtifactOrigin =
  | {
      readonly kind: "files";
      readonly repository: ArtifactRepository;
      list(): Promise<OriginFiles>;
    }
  /** In a storage that clients reach by themselves: the URI stays as it is. */
  | { readonly kind: "elsewhere"; readonly storage: string }
  /** They could be copied, but not without being told so. */
  | { readonly kind: "refused"; readonly reason: string };

export type OriginFiles = {
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
  /** Files that cannot be copied, each with the reason. */
  readonly refused: readonly string[];
};

export type ArtifactOriginsOptions = {
  /** Real paths of the folders of this machine that may be read, because the user named them. */
  readonly folders: readonly string[];
  /** The real path of the folder that `mlflow-artifacts:` URIs stand for. */
  readonly proxiedFolder?: string;
  /** The server that `mlflow-artifacts:` URIs stand for. */
  readonly server?: OpenArtifactRepositoryOptions & { readonly trackingUri: string };
};

/**
 * Finds the files behind the artifact URIs of a source. The URIs are the source's word, which is not trusted: of this
 * machine's files only those below folders that the user named are ever read, and of servers only the source itself.
 */
export class ArtifactOrigins {
  readonly #options: ArtifactOriginsOptions;

  constructor(options: ArtifactOriginsOptions) {
    this.#options = options;
  }

  async locate(uri: string): Promise<ArtifactOrigin> {
    const parsed = parsedOrReason(uri);
    if ("reason" in parsed) return { kind: "refused", reason: parsed.reason };
    switch (parsed.kind) {
      case "file":
        return this.#localOrigin(parsed.file);
      case "mlflow-artifacts":
        return this.#proxiedOrigin(uri, parsed.path, parsed.host);
      case "http":
        return this.#serverOrigin(uri, new URL(parsed.url).host);
      case "runs":
      case "models":
        return { kind: "refused", reason: `'${uri}' is no place for files` };
      case "other":
        return { kind: "elsewhere", storage: `${parsed.scheme}:` };
      default:
        return { kind: "elsewhere", storage: `${parsed.kind}:` };
    }
  }

  async #localOrigin(folder: string): Promise<ArtifactOrigin> {
    if (await isWithinRoots(folder, this.#options.folders)) return localFiles(folder);
    const reason = `${folder} lies outside of the source; --source-artifacts ${folder} allows reading it`;
    return { kind: "refused", reason };
  }

  async #proxiedOrigin(uri: string, path: string, host: string | undefined): Promise<ArtifactOrigin> {
    const { proxiedFolder, server } = this.#options;
    if (server !== undefined) return this.#serverOrigin(uri, host ?? new URL(server.trackingUri).host);
    if (proxiedFolder === undefined) {
      const reason = `'${uri}' is behind the proxy of the source's server; --source-artifacts says where its artifacts destination is`;
      return { kind: "refused", reason };
    }
    const folder = join(proxiedFolder, path);
    if (await isWithinRoots(folder, [proxiedFolder])) return localFiles(folder);
    return { kind: "refused", reason: `'${uri}' leads outside of ${proxiedFolder}` };
  }

  #serverOrigin(uri: string, host: string): ArtifactOrigin {
    const { server } = this.#options;
    if (server === undefined || new URL(server.trackingUri).host !== host) {
      return { kind: "elsewhere", storage: `the server ${host}` };
    }
    const repository = openArtifactRepository(uri, server);
    return { kind: "files", repository, list: () => listRepositoryFiles(repository) };
  }
}

function localFiles(folder: string): ArtifactOrigin {
  const repository = new LocalArtifactRepository(folder);
  return { kind: "files", repository, list: () => listLocalFiles(folder) };
}

function parsedOrReason(uri: string): ReturnType<typeof parseArtifactUri> | { readonly reason: string } {
  try {
    return parseArtifactUri(uri);
  } catch (error) {
    return { reason: messageOf(error) };
  }
}
