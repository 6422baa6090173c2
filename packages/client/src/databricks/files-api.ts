import { AppError, isAppError } from "@flightdeck/core";
import { DIRECTORIES_PATH, FILES_PATH } from "@flightdeck/protocol";
import { Readable } from "node:stream";
import type { CallOptions, RestClient } from "../rest/rest-client.ts";

export type FileMetadata = {
  readonly contentLength: number;
  readonly contentType: string;
  /** As HTTP has it; empty where the server does not say. */
  readonly lastModified: string;
};
export type FileDownload = FileMetadata & { readonly stream: Readable };
/** As the REST API tells of it. */
export type DirectoryEntry = {
  readonly path: string;
  readonly name: string;
  readonly is_directory: boolean;
  readonly file_size?: number;
  /** UTC milliseconds. */
  readonly last_modified?: number;
};

/** A folder of a thousand entries a page has ten million then. */
const PAGES_MAX = 10_000;
const BYTES_TYPE = "application/octet-stream";

/**
 * The Files API (https://docs.databricks.com/api/workspace/files): files of volumes, `/Volumes/…`, by one request each.
 * Paths are absolute.
 */
export class FilesApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  /** Sends a file as it is read; `ALREADY_EXISTS` where there is one, unless it may be overwritten. */
  async upload(
    path: string,
    content: Readable | Uint8Array<ArrayBuffer>,
    { overwrite = false, signal }: CallOptions & { readonly overwrite?: boolean } = {},
  ): Promise<void> {
    const body = content instanceof Readable ? Readable.toWeb(content) : content;
    const response = await this.#rest.send(`${apiPath(FILES_PATH, path)}?overwrite=${overwrite}`, {
      method: "PUT",
      headers: { "Content-Type": BYTES_TYPE },
      body,
      duplex: "half",
      ...(signal && { signal }),
    });
    await response.body?.cancel();
  }

  async download(path: string, { signal }: CallOptions = {}): Promise<FileDownload> {
    const response = await this.#rest.send(apiPath(FILES_PATH, path), { ...(signal && { signal }) });
    const stream = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
    return { ...metadataOf(response), stream };
  }

  async getMetadata(path: string, { signal }: CallOptions = {}): Promise<FileMetadata> {
    return metadataOf(await this.#look(apiPath(FILES_PATH, path), path, signal));
  }

  async delete(path: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#rest.send(apiPath(FILES_PATH, path), { method: "DELETE", ...(signal && { signal }) });
  }

  /** Throws `NOT_FOUND` when there is no such folder. */
  async getDirectoryMetadata(path: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#look(apiPath(DIRECTORIES_PATH, path), path, signal);
  }

  /** Makes a folder and those above it; one that is there is fine. */
  async createDirectory(path: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#rest.send(apiPath(DIRECTORIES_PATH, path), { method: "PUT", ...(signal && { signal }) });
  }

  /** Deletes an empty folder. */
  async deleteDirectory(path: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#rest.send(apiPath(DIRECTORIES_PATH, path), { method: "DELETE", ...(signal && { signal }) });
  }

  async *listDirectoryContents(
    path: string,
    { signal }: CallOptions = {},
  ): AsyncGenerator<DirectoryEntry, void, undefined> {
    let query = "";
    for (let page = 0; page < PAGES_MAX; page++) {
      const response = await this.#rest.send(apiPath(DIRECTORIES_PATH, path) + query, {
        ...(signal && { signal }),
      });
      const { contents = [], next_page_token: next } = await pageOf(response);
      yield* contents;
      if (!next) return;
      query = `?page_token=${encodeURIComponent(next)}`;
    }
  }

  /** An answer to HEAD has no body that would name the error. */
  async #look(url: string, path: string, signal: AbortSignal | undefined): Promise<Response> {
    try {
      return await this.#rest.send(url, { method: "HEAD", ...(signal && { signal }) });
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
  const message = `a path of the Files API is absolute and has no . or .., got ${JSON.stringify(path)}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function metadataOf({ headers }: Response): FileMetadata {
  return {
    contentLength: Number(headers.get("content-length") ?? 0),
    contentType: headers.get("content-type") ?? BYTES_TYPE,
    lastModified: headers.get("last-modified") ?? "",
  };
}

type DirectoryPage = { readonly contents?: readonly DirectoryEntry[]; readonly next_page_token?: string };

async function pageOf(response: Response): Promise<DirectoryPage> {
  // The REST API's own object; what is missing shows as undefined.
  return (await response.json()) as DirectoryPage;
}
