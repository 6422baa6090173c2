import {
  type ArtifactRepository,
  checkArtifactPath,
  joinArtifactPath,
  LocalArtifactRepository,
  parseArtifactUri,
} from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import { API_PREFIXES, ARTIFACT_PROXY_PATH, type FileInfo } from "@flightdeck/protocol";
import { relative, sep } from "node:path";
import { listFolderOnly } from "./list-folder-only.ts";

/** An artifact's place in one of the repositories that this server reads. */
export type ArtifactPlace = { readonly repository: ArtifactRepository; readonly path: string };

/** The repositories whose places have names, by the scheme of their URIs. */
export const NAMED_STORES = ["mlflow-artifacts", "dbfs"] as const;
export type NamedStore = (typeof NAMED_STORES)[number];

/** An artifact's place by name, as a URL can carry it. */
export type NamedPlace = { readonly store: NamedStore; readonly path: string };

export type ServedArtifactsOptions = {
  readonly proxied: ArtifactRepository;
  readonly dbfs: ArtifactRepository;
  /** Counts when it is a folder of this machine. */
  readonly defaultArtifactRoot: string;
};

/**
 * The artifacts that this server may show: those behind its proxy, those in its DBFS, and those in the folder that its
 * operator named as the default artifact root. A root URI that comes from a record is looked up among them; it never opens another place.
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

  /** Where `path` below an artifact root is. Throws `INVALID_PARAMETER_VALUE` for a root that is not served here. */
  locate(rootUri: string, path: string): ArtifactPlace {
    const checked = checkArtifactPath(path);
    const named = findNamedRoot(rootUri);
    if (named !== undefined) return this.open({ ...named, path: joinArtifactPath(named.path, checked) });
    const uri = parseArtifactUri(rootUri);
    const root = uri.kind === "file" ? this.#findLocal(uri.file) : undefined;
    if (root !== undefined) return { ...root, path: joinArtifactPath(root.path, checked) };
    throw notServed(rootUri);
  }

  /** As `locate`, where the place needs a name; a folder of this machine has none. */
  name(rootUri: string, path: string): NamedPlace {
    const checked = checkArtifactPath(path);
    const root = findNamedRoot(rootUri);
    if (root === undefined) throw notServed(rootUri);
    return { ...root, path: joinArtifactPath(root.path, checked) };
  }

  open({ store, path }: NamedPlace): ArtifactPlace {
    return { repository: store === "dbfs" ? this.dbfs : this.proxied, path };
  }

  /** Direct children of a folder of an artifact root; their paths are relative to the root. */
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

/** Older clients record the proxy's URL itself; which name it was reached by is no matter. */
function findProxyUrl({ pathname }: URL): NamedPlace | undefined {
  const [prefix] = API_PREFIXES;
  const proxy = `${prefix}/2.0${ARTIFACT_PROXY_PATH}/`;
  const at = pathname.indexOf(proxy);
  return at < 0 ? undefined : findNamedRoot(`mlflow-artifacts:/${pathname.slice(at + proxy.length)}`);
}

function notServed(rootUri: string): AppError {
  const message = `the artifacts at '${rootUri}' are not stored by this server; ask their own storage for them`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
