import { endpoints, type FileInfo, fileInfoFromWire, ARTIFACT_PROXY_PATH } from "@flightdeck/protocol";
import type { Readable } from "node:stream";
import type { ArtifactRepository, ByteRange, OpenedArtifact } from "../artifact-repository.ts";
import {
  checkArtifactPath,
  checkNonEmptyArtifactPath,
  encodeArtifactPath,
  joinArtifactPath,
  decodeArtifactPath,
} from "../artifact-path.ts";
import { type Fetch, ServerRequests, trackingServerUrl } from "./server-requests.ts";
import { invalidUri, parseArtifactUri } from "../artifact-uri.ts";

/** An artifact root behind a tracking server's proxy. */
export type HttpArtifactRepositoryOptions = {
  /** `mlflow-artifacts:/…`, or an http(s) URL below a server's proxy. */
  readonly rootUri: string;
  /** The tracking server's URL. */
  readonly trackingUri: string;
  /** Responsible for retries and timeouts. Default: the built-in `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** Sent only to the tracking server, never to another host in `rootUri`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

/** Artifacts behind the `mlflow-artifacts` proxy of a tracking server, Flightdeck's or MLflow's. */
export class HttpArtifactRepository implements ArtifactRepository {
  readonly rootUri: string;
  readonly #proxyUrl: string;
  readonly #rootPath: string;
  readonly #server: ServerRequests;

  constructor(options: HttpArtifactRepositoryOptions) {
    const location = proxyLocation(options.rootUri, options.trackingUri);
    this.rootUri = options.rootUri;
    this.#proxyUrl = location.proxyUrl;
    this.#rootPath = location.rootPath;
    const { headers = {}, fetch = globalThis.fetch } = options;
    this.#server = new ServerRequests({ fetch, headers: location.isTrackingServer ? headers : {} });
  }

  async list(path: string): Promise<readonly FileInfo[]> {
    const checked = checkArtifactPath(path);
    const children = await this.#listFolder(checked);
    if (children.length > 0 || checked === "") return children;
    const itself = await this.find(checked); // The proxy lists nothing for a file.
    return itself === undefined || itself.isDir ? [] : [itself];
  }

  /** Lists the parent folder, because a GET would send the content and MLflow's proxy has no HEAD. */
  async find(path: string): Promise<FileInfo | undefined> {
    const checked = checkNonEmptyArtifactPath(path);
    const parent = checked.slice(0, Math.max(checked.lastIndexOf("/"), 0));
    return (await this.#listFolder(parent)).find((info) => info.path === checked);
  }

  async read(path: string, range?: ByteRange, signal?: AbortSignal): Promise<OpenedArtifact> {
    const subject = checkNonEmptyArtifactPath(path);
    return this.#server.download(this.#url(subject), { subject, range, signal });
  }

  async write(path: string, content: Readable | Uint8Array, signal?: AbortSignal): Promise<number> {
    const subject = checkNonEmptyArtifactPath(path);
    return this.#server.upload(this.#url(subject), { subject, method: "PUT", content, signal });
  }

  async delete(path: string): Promise<void> {
    const subject = checkNonEmptyArtifactPath(path);
    await this.#server.perform(this.#url(subject), { subject, method: "DELETE" });
  }

  async #listFolder(path: string): Promise<FileInfo[]> {
    const folder = joinArtifactPath(this.#rootPath, path);
    const url = folder === "" ? this.#proxyUrl : `${this.#proxyUrl}?path=${encodeURIComponent(folder)}`;
    const response = await this.#server.send(url, { subject: path });
    const { files } = endpoints.listProxiedArtifacts.response.parse(await response.json());
    const children = files.map((file) => childOf(path, fileInfoFromWire(file)));
    return children.filter((info) => info.path !== path).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  #url(path: string): string {
    return `${this.#proxyUrl}/${encodeArtifactPath(joinArtifactPath(this.#rootPath, path))}`;
  }
}

/** The proxy's paths are relative to the listed folder. Rejects paths that escape, which a hostile server might send. */
function childOf(folder: string, info: FileInfo): FileInfo {
  return { ...info, path: joinArtifactPath(folder, checkNonEmptyArtifactPath(info.path)) };
}

const PROXY_PATH = `/api/2.0${ARTIFACT_PROXY_PATH}`;

type ProxyLocation = {
  /** The proxy's URL, for listing and, with a path appended, for artifacts. Without a trailing slash. */
  readonly proxyUrl: string;
  /** The artifact root's path below the proxy. */
  readonly rootPath: string;
  /** Whether the proxy belongs to the tracking server. Credentials are sent to no other host. */
  readonly isTrackingServer: boolean;
};

/** Finds the proxy for an artifact root's URI. */
function proxyLocation(rootUri: string, trackingUri: string): ProxyLocation {
  const tracking = trackingServerUrl(trackingUri);
  const uri = parseArtifactUri(rootUri);
  if (uri.kind === "http") return fromUrl(new URL(uri.url), tracking.origin);
  if (uri.kind !== "mlflow-artifacts")
    throw invalidUri(rootUri, "it is not behind a tracking server's proxy");
  const base = new URL(tracking);
  if (uri.host !== undefined) base.host = uri.host;
  return {
    proxyUrl: base.href.replace(/(?<!\/)\/+$/, "") + PROXY_PATH,
    rootPath: uri.path,
    isTrackingServer: base.origin === tracking.origin,
  };
}

function fromUrl(url: URL, trackingOrigin: string): ProxyLocation {
  const at = url.pathname.indexOf(PROXY_PATH);
  if (at < 0) throw invalidUri(url.href, `it does not contain ${PROXY_PATH}`);
  const behind = url.pathname.slice(at + PROXY_PATH.length);
  return {
    proxyUrl: url.origin + url.pathname.slice(0, at) + PROXY_PATH,
    rootPath: decodeArtifactPath(behind.replace(/^\/+/, "")),
    isTrackingServer: url.origin === trackingOrigin,
  };
}
