import { endpoints, type FileInfo, fileInfoFromWire } from "@flightdeck/protocol";
import type { Readable } from "node:stream";
import type { ArtifactRepository, ByteRange, OpenedArtifact } from "../artifact-repository.ts";
import {
  checkArtifactPath,
  checkNonEmptyArtifactPath,
  encodeArtifactPath,
  joinArtifactPath,
} from "../paths/check-artifact-path.ts";
import type { Fetch } from "./fetch.ts";
import { openBody } from "./open-body.ts";
import { proxyLocation } from "./proxy-location.ts";
import { type ServerRequest, ServerRequests } from "./server-requests.ts";
import { uploadBody } from "./upload-body.ts";

export type HttpArtifactRepositoryOptions = {
  /** `mlflow-artifacts:/…`, or the http(s) URL of a place behind a server's proxy. */
  readonly rootUri: string;
  /** The tracking server's address, as in the tracking URI. */
  readonly trackingUri: string;
  /** Retries and time limits are its business. Default: the built-in one. */
  readonly fetch?: Fetch;
  /** Sent to the tracking server only, never to another host that `rootUri` may name. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** Artifacts behind a tracking server, by its `mlflow-artifacts` proxy: this project's server or MLflow's own. */
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
    const itself = await this.find(checked); // Of a file the proxy lists nothing.
    return itself === undefined || itself.isDir ? [] : [itself];
  }

  /** Looks into the folder above: the proxy's GET would send the content, and MLflow's own has no HEAD. */
  async find(path: string): Promise<FileInfo | undefined> {
    const checked = checkNonEmptyArtifactPath(path);
    const parent = checked.slice(0, Math.max(checked.lastIndexOf("/"), 0));
    return (await this.#listFolder(parent)).find((info) => info.path === checked);
  }

  async read(path: string, range?: ByteRange, signal?: AbortSignal): Promise<OpenedArtifact> {
    const checked = checkNonEmptyArtifactPath(path);
    const headers = { ...(range && { range: `bytes=${range.start}-${range.end ?? ""}` }) };
    const response = await this.#send(checked, { headers, ...(signal && { signal }) });
    return openBody(response, range);
  }

  async write(path: string, content: Readable | Uint8Array, signal?: AbortSignal): Promise<number> {
    const { body, counter } = uploadBody(content);
    const response = await this.#send(checkNonEmptyArtifactPath(path), {
      method: "PUT",
      headers: { "content-type": "application/octet-stream" },
      body,
      duplex: "half",
      ...(signal && { signal }),
    });
    await response.body?.cancel();
    return counter.bytes;
  }

  async delete(path: string): Promise<void> {
    const response = await this.#send(checkNonEmptyArtifactPath(path), { method: "DELETE" });
    await response.body?.cancel();
  }

  async #listFolder(path: string): Promise<FileInfo[]> {
    const folder = joinArtifactPath(this.#rootPath, path);
    const url = folder === "" ? this.#proxyUrl : `${this.#proxyUrl}?path=${encodeURIComponent(folder)}`;
    const response = await this.#server.send(url, { subject: path });
    const { files } = endpoints.listProxiedArtifacts.response.parse(await response.json());
    const children = files.map((file) => childOf(path, fileInfoFromWire(file)));
    return children.filter((info) => info.path !== path).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  #send(path: string, init: Omit<ServerRequest, "subject">): Promise<Response> {
    const url = `${this.#proxyUrl}/${encodeArtifactPath(joinArtifactPath(this.#rootPath, path))}`;
    return this.#server.send(url, { ...init, subject: path });
  }
}

/** The proxy's paths are relative to the listed folder. A hostile server's path is refused here. */
function childOf(folder: string, info: FileInfo): FileInfo {
  return { ...info, path: joinArtifactPath(folder, checkNonEmptyArtifactPath(info.path)) };
}
