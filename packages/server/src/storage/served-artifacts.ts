import {
  type ArtifactRepository,
  checkArtifactPath,
  encodeArtifactPath,
  joinArtifactPath,
  LocalArtifactRepository,
  parseArtifactUri,
} from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import {
  API_PREFIXES,
  ARTIFACT_PROXY_PATH,
  type FileInfo,
  fileInfoToWire,
  type FileInfoWire,
  LIMITS,
} from "@flightdeck/protocol";
import type { ModelVersionKey, Store } from "@flightdeck/store";
import { relative, sep } from "node:path";

/** Schemes of storage that clients reach themselves. This server stores such URIs and never opens them. */
export const FOREIGN_SCHEMES: readonly string[] = ["gs", "wasbs", "abfss", "r2", "b2", "oss", "hdfs"];

/** The place of an artifact in one of the repositories of this server. */
export type ArtifactPlace = { readonly repository: ArtifactRepository; readonly path: string };

/** The repositories whose places can be named, by URI scheme. */
export const NAMED_STORES = ["mlflow-artifacts", "dbfs"] as const;
export type NamedStore = (typeof NAMED_STORES)[number];

/** The place of an artifact by name, so that a URL can carry it. */
export type NamedPlace = { readonly store: NamedStore; readonly path: string };

export type ServedArtifactsOptions = {
  readonly proxied: ArtifactRepository;
  readonly dbfs: ArtifactRepository;
  /** Matters only when it is a folder of this machine. */
  readonly defaultArtifactRoot: string;
};

/**
 * The artifacts that this server may serve: those behind its proxy, those in its DBFS, and those in the folder that its
 * operator chose as the default artifact root. A record's root URI must lie in one of them; no other place is opened.
 */
export class ServedArtifacts {
  readonly proxied: ArtifactRepository;
  readonly dbfs: ArtifactRepository;
  readonly #localRoot: string | undefined;

  constructor({ proxied, dbfs, defaultArtifactRoot }: ServedArtifactsOptions) {
    const root = parseArtifactUri(defaultArtifactRoot);
    this.proxied = proxied;
    this.dbfs = dbfs;
    this.#localRoot = root.kind === "file" ? root.file : undefined;
  }

  /** Finds `path` below an artifact root. Throws `INVALID_PARAMETER_VALUE` for a root that is not served here. */
  locate(rootUri: string, path: string): ArtifactPlace {
    const checked = checkArtifactPath(path);
    const named = findNamedRoot(rootUri);
    if (named !== undefined) return this.open({ ...named, path: joinArtifactPath(named.path, checked) });
    const uri = parseArtifactUri(rootUri);
    const root = uri.kind === "file" ? this.#findLocal(uri.file) : undefined;
    if (root !== undefined) return { ...root, path: joinArtifactPath(root.path, checked) };
    throw notServed(rootUri);
  }

  /** Like `locate`, for places that need a name. A folder of this machine has none. */
  name(rootUri: string, path: string): NamedPlace {
    const checked = checkArtifactPath(path);
    const root = findNamedRoot(rootUri);
    if (root === undefined) throw notServed(rootUri);
    return { ...root, path: joinArtifactPath(root.path, checked) };
  }

  open({ store, path }: NamedPlace): ArtifactPlace {
    return { repository: store === "dbfs" ? this.dbfs : this.proxied, path };
  }

  /** The direct children of a folder below an artifact root, with paths relative to the root. */
  async list(rootUri: string, path: string): Promise<readonly FileInfo[]> {
    const { repository, path: folder } = this.locate(rootUri, path);
    const rootPath = this.locate(rootUri, "").path;
    const cut = rootPath === "" ? 0 : rootPath.length + 1;
    const infos = await listFolderOnly(repository, folder);
    return infos.map((info) => ({ ...info, path: info.path.slice(cut) }));
  }

  #findLocal(folder: string): ArtifactPlace | undefined {
    if (this.#localRoot === undefined) return undefined;
    const path = relative(this.#localRoot, folder).split(sep).join("/");
    if (path === ".." || path.startsWith("../")) return undefined;
    return { repository: new LocalArtifactRepository(this.#localRoot), path: checkArtifactPath(path) };
  }
}

function findNamedRoot(rootUri: string): NamedPlace | undefined {
  const uri = parseArtifactUri(rootUri);
  switch (uri.kind) {
    case "mlflow-artifacts":
      return { store: "mlflow-artifacts", path: uri.path };
    case "dbfs":
      return { store: "dbfs", path: uri.path.slice(1) };
    case "http":
      return findProxyUrl(new URL(uri.url));
    default:
      return undefined;
  }
}

/** Older clients record the URL of the proxy itself. Its hostname does not matter. */
function findProxyUrl({ pathname }: URL): NamedPlace | undefined {
  const [prefix] = API_PREFIXES;
  const proxy = `${prefix}/2.0${ARTIFACT_PROXY_PATH}/`;
  const at = pathname.indexOf(proxy);
  return at < 0 ? undefined : findNamedRoot(`mlflow-artifacts:/${pathname.slice(at + proxy.length)}`);
}

function notServed(rootUri: string): AppError {
  const message = `the artifacts at '${rootUri}' are not stored by this server; read them directly from there`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

/** The error for a path of DBFS that does not exist. */
export function noSuchDbfsFile(path: string): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", `No file or directory exists on path dbfs:/${path}.`);
}

/** Lists a folder as MLflow's server does: a file has no entries, although repositories list the file itself. */
export async function listFolderOnly(
  repository: ArtifactRepository,
  path: string,
): Promise<readonly FileInfo[]> {
  const infos = await repository.list(path);
  return infos.filter((info) => info.path !== path);
}

type ArtifactPageWire = { files: FileInfoWire[]; next_page_token?: string };

/**
 * One page of a sorted listing. The token is the last path of the page before, so pages stay correct when artifacts are
 * added or removed between them.
 */
export function artifactPage(infos: readonly FileInfo[], pageToken: string | undefined): ArtifactPageWire {
  const rest = pageToken === undefined ? infos : infos.filter((info) => info.path > pageToken);
  const page = rest.slice(0, LIMITS.artifactListEntriesMax);
  const last = page.at(-1);
  const files = page.map(fileInfoToWire);
  return last === undefined || page.length === rest.length
    ? { files }
    : { files, next_page_token: last.path };
}

/** The URI from which to download a version's files. A `runs:` source is resolved to the run's artifact root. */
export async function downloadUriOf({ registry, tracking }: Store, key: ModelVersionKey): Promise<string> {
  const stored = await registry.getModelVersionDownloadUri(key);
  const uri = parseArtifactUri(stored);
  if (uri.kind !== "runs") return stored;
  const { artifactUri } = (await tracking.getRun(uri.runId)).info;
  return uri.path === "" ? artifactUri : `${artifactUri}/${encodeArtifactPath(uri.path)}`;
}
