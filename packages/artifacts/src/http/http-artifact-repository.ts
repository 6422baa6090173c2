import { AppError, cancelled, messageOf } from "@flightdeck/core";
import { endpoints, errorFromWire, type FileInfo, fileInfoFromWire } from "@flightdeck/protocol";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { ArtifactRepository, ByteRange, OpenedArtifact } from "../artifact-repository.ts";
import {
  checkArtifactPath,
  checkNonEmptyArtifactPath,
  encodeArtifactPath,
  joinArtifactPath,
} from "../paths/check-artifact-path.ts";
import { noSuchArtifact } from "../file-error.ts";
import { openBody } from "./open-body.ts";
import { proxyLocation } from "./proxy-location.ts";

const RANGE_NOT_SATISFIABLE = 416;

/** The built-in `fetch`, or one that adds retries to it. */
export type Fetch = typeof globalThis.fetch;

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
  readonly #fetch: Fetch;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(options: HttpArtifactRepositoryOptions) {
    const location = proxyLocation(options.rootUri, options.trackingUri);
    this.rootUri = options.rootUri;
    this.#proxyUrl = location.proxyUrl;
    this.#rootPath = location.rootPath;
    this.#fetch = options.fetch ?? globalThis.fetch;
    this.#headers = location.isTrackingServer ? (options.headers ?? {}) : {};
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
    const counter = { bytes: 0 };
    const response = await this.#send(checkNonEmptyArtifactPath(path), {
      method: "PUT",
      headers: { "content-type": "application/octet-stream" },
      body: bodyOf(content, counter),
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
    const response = await this.#request(url, { headers: this.#headers });
    await throwUnlessOk(response, path);
    const { files } = endpoints.listProxiedArtifacts.response.parse(await response.json());
    const children = files.map((file) => childOf(path, fileInfoFromWire(file)));
    return children.filter((info) => info.path !== path).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const url = `${this.#proxyUrl}/${encodeArtifactPath(joinArtifactPath(this.#rootPath, path))}`;
    const headers = { ...this.#headers, ...(init.headers as Record<string, string> | undefined) }; // Made above.
    const response = await this.#request(url, { ...init, headers });
    if (response.status !== RANGE_NOT_SATISFIABLE) await throwUnlessOk(response, path);
    return response;
  }

  async #request(url: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#fetch(url, init);
    } catch (error) {
      if (init.signal?.aborted) throw cancelled(init.signal);
      if (error instanceof AppError) throw error;
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      if (cause instanceof AppError) throw cause; // From the content that was being sent.
      const message = `cannot reach ${new URL(url).origin}: ${messageOf(cause)}`;
      throw new AppError("TEMPORARILY_UNAVAILABLE", message, { cause: error });
    }
  }
}

async function throwUnlessOk(response: Response, path: string): Promise<void> {
  if (response.ok) return;
  const error = errorFromWire(response.status, await readJson(response));
  // A 404 of a server that does not use MLflow's codes here still means that the artifact is not there.
  throw response.status === 404 && error.code !== "RESOURCE_DOES_NOT_EXIST"
    ? noSuchArtifact(path, error)
    : error;
}

/** The proxy's paths are relative to the listed folder. A hostile server's path is refused here. */
function childOf(folder: string, info: FileInfo): FileInfo {
  return { ...info, path: joinArtifactPath(folder, checkNonEmptyArtifactPath(info.path)) };
}

function bodyOf(
  content: Readable | Uint8Array,
  counter: { bytes: number },
): Uint8Array<ArrayBuffer> | ReadableStream {
  if (content instanceof Uint8Array) {
    counter.bytes = content.byteLength;
    return new Uint8Array(content); // fetch takes no view of a shared buffer; a copy never is one.
  }
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of content as AsyncIterable<unknown>) {
      if (!(chunk instanceof Uint8Array))
        throw new AppError("INVALID_PARAMETER_VALUE", "content must be bytes");
      counter.bytes += chunk.byteLength;
      yield chunk;
    }
  };
  return Readable.toWeb(Readable.from(counted(), { objectMode: false }));
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined; // Not JSON: a proxy's page, say. The status tells the error then.
  }
}
