import { AppError, invalid, isAppError } from "@flightdeck/core";
import { DIRECTORIES_PATH, FILES_PATH } from "@flightdeck/protocol";
import { Readable } from "node:stream";
import type { CallOptions, RestClient } from "../rest/rest-client.ts";

/** A file's metadata, from the response headers of the Files API. */
export type FileMetadata = {
  readonly contentLength: number;
  readonly contentType: string;
  /** An HTTP date; empty when the server does not send one. */
  readonly lastModified: string;
};
/** A file being downloaded. A caller that does not read the stream to its end must destroy it. */
export type FileDownload = FileMetadata & { readonly stream: Readable };
/** A file or folder as the REST API describes it. */
export type DirectoryEntry = {
  readonly path: string;
  readonly name: string;
  readonly is_directory: boolean;
  readonly file_size?: number | undefined;
  /** UTC milliseconds. */
  readonly last_modified?: number | undefined;
};

/** At a thousand entries a page, this covers a folder of ten million. */
const PAGES_MAX = 10_000;
const BYTES_TYPE = "application/octet-stream";

/**
 * The Files API (https://docs.databricks.com/api/workspace/files): files in volumes, `/Volumes/…`, each transferred in
 * one request. Paths are absolute.
 */
export class FilesApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  /** Streams a file to the server. Throws `ALREADY_EXISTS` when there is one, unless `overwrite` is set. */
  async upload(
    path: string,
    content: Readable | Uint8Array<ArrayBuffer>,
    { overwrite = false, signal }: CallOptions & { readonly overwrite?: boolean | undefined } = {},
  ): Promise<void> {
    const body = content instanceof Readable ? Readable.toWeb(content) : content;
    const response = await this.#rest.send(`${apiPath(FILES_PATH, path)}?overwrite=${overwrite}`, {
      method: "PUT",
      headers: { "Content-Type": BYTES_TYPE },
      body,
      duplex: "half",
      signal,
    });
    await response.body?.cancel();
  }

  async download(path: string, { signal }: CallOptions = {}): Promise<FileDownload> {
    const response = await this.#rest.send(apiPath(FILES_PATH, path), { signal });
    const stream = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
    return { ...metadataOf(response), stream };
  }

  async getMetadata(path: string, { signal }: CallOptions = {}): Promise<FileMetadata> {
    return metadataOf(await this.#look(apiPath(FILES_PATH, path), path, signal));
  }

  async delete(path: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#rest.send(apiPath(FILES_PATH, path), { method: "DELETE", signal });
  }

  /** Throws `NOT_FOUND` when there is no such folder. */
  async getDirectoryMetadata(path: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#look(apiPath(DIRECTORIES_PATH, path), path, signal);
  }

  /** Creates a folder and its parents. Does nothing if it exists. */
  async createDirectory(path: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#rest.send(apiPath(DIRECTORIES_PATH, path), { method: "PUT", signal });
  }

  /** Deletes an empty folder. */
  async deleteDirectory(path: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#rest.send(apiPath(DIRECTORIES_PATH, path), { method: "DELETE", signal });
  }

  async *listDirectoryContents(
    path: string,
    { signal }: CallOptions = {},
  ): AsyncGenerator<DirectoryEntry, void, undefined> {
    let query = "";
    for (let page = 0; page < PAGES_MAX; page++) {
      const response = await this.#rest.send(apiPath(DIRECTORIES_PATH, path) + query, {
        signal,
      });
      const { contents = [], next_page_token: next } = await pageOf(response);
      yield* contents;
      if (!next) return;
      query = `?page_token=${encodeURIComponent(next)}`;
    }
  }

  /** A HEAD response has no body, so a missing path looks like a missing endpoint. */
  async #look(url: string, path: string, signal: AbortSignal | undefined): Promise<Response> {
    try {
      return await this.#rest.send(url, { method: "HEAD", signal });
    } catch (cause) {
      if (!isAppError(cause, "ENDPOINT_NOT_FOUND")) throw cause;
      throw new AppError("NOT_FOUND", `there is no file or directory ${path}`, { cause });
    }
  }
}

function apiPath(api: string, path: string): string {
  if (path.startsWith("/") && !/(^|\/)\.\.?(\/|$)/.test(path)) {
    return `/api/2.0${api}${path.split("/").map(encodeURIComponent).join("/")}`;
  }
  const message = `a Files API path must be absolute and have no . or .. segments, got ${JSON.stringify(path)}`;
  throw invalid(message);
}

function metadataOf({ headers }: Response): FileMetadata {
  return {
    contentLength: Number(headers.get("content-length") ?? 0),
    contentType: headers.get("content-type") ?? BYTES_TYPE,
    lastModified: headers.get("last-modified") ?? "",
  };
}

type DirectoryPage = {
  readonly contents?: readonly DirectoryEntry[] | undefined;
  readonly next_page_token?: string | undefined;
};

async function pageOf(response: Response): Promise<DirectoryPage> {
  // The REST API's own object. All of its fields are optional in the type, so a missing one is handled.
  return (await response.json()) as DirectoryPage;
}
