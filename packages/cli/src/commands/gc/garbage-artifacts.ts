import { type FolderSize, LocalArtifactRepository, parseArtifactUri } from "@flightdeck/artifacts";
import { isAppError } from "@flightdeck/core";
import { API_PREFIXES, ARTIFACT_PROXY_PATH } from "@flightdeck/protocol";
import type { Garbage } from "@flightdeck/store";
import { dirname, join } from "node:path";

export type GarbageArtifactsOptions = {
  readonly dataDir: string;
  /** The folder behind the server's proxy. */
  readonly destination: string;
};

/** The folder that holds a thing's artifacts and nothing else. */
type Place = { readonly repository: LocalArtifactRepository; readonly path: string };

/** Ids that a server or its client makes up; others may be the name of any folder. */
const MADE_ID = /^(m-|tr-)?[0-9a-f]{32}$/;

/** Where a workspace's artifacts are, for whoever owns its folders. */
export class GarbageArtifacts {
  readonly #proxied: LocalArtifactRepository;
  readonly #dbfs: LocalArtifactRepository;

  constructor({ dataDir, destination }: GarbageArtifactsOptions) {
    this.#proxied = new LocalArtifactRepository(destination);
    this.#dbfs = new LocalArtifactRepository(join(dataDir, "dbfs"));
  }

  /** How large a thing's artifacts are; undefined when they are where this program must not or cannot delete. */
  async measure(garbage: Garbage): Promise<FolderSize | undefined> {
    const place = this.#find(garbage);
    try {
      return await place?.repository.measure(place.path);
    } catch (error) {
      if (isAppError(error, "INVALID_PARAMETER_VALUE")) return undefined; // It leads out of its root.
      throw error;
    }
  }

  /** Deletes what `measure` measures. */
  async delete(garbage: Garbage): Promise<void> {
    const place = this.#find(garbage);
    try {
      await place?.repository.delete(place.path);
    } catch (error) {
      if (!isAppError(error, "RESOURCE_DOES_NOT_EXIST")) throw error;
    }
  }

  /**
   * A URI in a record may have come from anybody, so what is deleted is only ever a folder that has the thing's own id as
   * its name, and `artifacts` in it.
   */
  #find({ id, artifactUri = "" }: Garbage): Place | undefined {
    const root = this.#findRoot(artifactUri);
    if (root === undefined || !`/${root.path}`.endsWith(`/${id}/artifacts`)) return undefined;
    const isOwn = root.repository === this.#proxied || root.repository === this.#dbfs;
    if (!isOwn && !MADE_ID.test(id)) return undefined;
    return { ...root, path: dirname(root.path) };
  }

  #findRoot(uri: string): Place | undefined {
    const parsed = parseUri(uri);
    switch (parsed?.kind) {
      case "mlflow-artifacts":
        return { repository: this.#proxied, path: parsed.path };
      case "dbfs":
        return { repository: this.#dbfs, path: parsed.path.slice(1) };
      case "file":
        return { repository: new LocalArtifactRepository("/"), path: parsed.file.slice(1) };
      case "http":
        return this.#findRoot(proxiedUri(new URL(parsed.url).pathname));
      default:
        return undefined;
    }
  }
}

function parseUri(uri: string): ReturnType<typeof parseArtifactUri> | undefined {
  try {
    return parseArtifactUri(uri);
  } catch {
    return undefined; // A record may hold anything.
  }
}

/** Older clients record the proxy's URL itself. */
function proxiedUri(pathname: string): string {
  const proxy = `${API_PREFIXES[0]}/2.0${ARTIFACT_PROXY_PATH}/`;
  const at = pathname.indexOf(proxy);
  return at < 0 ? "" : `mlflow-artifacts:/${pathname.slice(at + proxy.length)}`;
}
