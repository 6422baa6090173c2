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

/**
 * The artifacts that this server may show: those behind its proxy, and those in the folder that its operator named as
 * the default artifact root. A root URI that comes from a record is looked up among them; it never opens another place.
 */
export class ServedArtifacts {
  readonly proxied: ArtifactRepository;
  readonly #localRoot: string | undefined;

  /** `defaultArtifactRoot` counts when it is a folder of this machine. */
  constructor(proxied: ArtifactRepository, defaultArtifactRoot: string) {
    const root = parseArtifactUri(defaultArtifactRoot);
    this.proxied = proxied;
    this.#localRoot = root.kind === "file" ? root.file : undefined;
  }

  /** Where `path` below an artifact root is. Throws `INVALID_PARAMETER_VALUE` for a root that is not served here. */
  locate(rootUri: string, path: string): ArtifactPlace {
    const checked = checkArtifactPath(path);
    const root = this.#findRoot(rootUri);
    if (root !== undefined) return { ...root, path: joinArtifactPath(root.path, checked) };
    const message = `the artifacts at '${rootUri}' are not stored by this server; ask their own storage for them`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }

  /** Direct children of a folder of an artifact root; their paths are relative to the root. */
  async list(rootUri: string, path: string): Promise<readonly FileInfo[]> {
    const { repository, path: folder } = this.locate(rootUri, path);
    const rootPath = this.locate(rootUri, "").path;
    const cut = rootPath === "" ? 0 : rootPath.length + 1;
    const infos = await listFolderOnly(repository, folder);
    return infos.map((info) => ({ ...info, path: info.path.slice(cut) }));
  }

  #findRoot(rootUri: string): ArtifactPlace | undefined {
    const uri = parseArtifactUri(rootUri);
    if (uri.kind === "mlflow-artifacts") return { repository: this.proxied, path: uri.path };
    if (uri.kind === "http") return this.#findProxyUrl(new URL(uri.url));
    return uri.kind === "file" ? this.#findLocal(uri.file) : undefined;
  }

  /** Older clients record the proxy's URL itself; which name it was reached by is no matter. */
  #findProxyUrl({ pathname }: URL): ArtifactPlace | undefined {
    const [prefix] = API_PREFIXES;
    const proxy = `${prefix}/2.0${ARTIFACT_PROXY_PATH}/`;
    const at = pathname.indexOf(proxy);
    if (at < 0) return undefined;
    const uri = parseArtifactUri(`mlflow-artifacts:/${pathname.slice(at + proxy.length)}`);
    return uri.kind === "mlflow-artifacts" ? { repository: this.proxied, path: uri.path } : undefined;
  }

  #findLocal(folder: string): ArtifactPlace | undefined {
    if (this.#localRoot === undefined) return undefined;
    const path = relative(this.#localRoot, folder).split(sep).join("/");
    if (path === ".." || path.startsWith("../")) return undefined;
    return { repository: new LocalArtifactRepository(this.#localRoot), path: checkArtifactPath(path) };
  }
}
