import { AppError, isAppError } from "@flightdeck/core";
import { DIRECTORIES_PATH, type FileInfo, FILES_PATH } from "@flightdeck/protocol";
import type { Readable } from "node:stream";
import type { ArtifactRepository, ByteRange, OpenedArtifact } from "../artifact-repository.ts";
import { noSuchArtifact } from "../file-error.ts";
import { openBody } from "../http/open-body.ts";
import { ServerRequests, type ServerRequestsOptions } from "../http/server-requests.ts";
import { trackingServerUrl } from "../http/tracking-server-url.ts";
import { uploadBody } from "../http/upload-body.ts";
import {
  checkArtifactPath,
  checkNonEmptyArtifactPath,
  decodeArtifactPath,
  encodeArtifactPath,
  joinArtifactPath,
} from "../paths/check-artifact-path.ts";

export type FilesArtifactRepositoryOptions = ServerRequestsOptions & {
  readonly rootUri: string;
  /** The root's path in the Files API, percent-encoded, without a slash at its beginning. */
  readonly rootPath: string;
  /** The workspace's address, as in the tracking URI. */
  readonly trackingUri: string;
};

/** A folder of a thousand entries a page has ten million then. */
const PAGES_MAX = 10_000;

/** Artifacts of a Databricks workspace by its Files API, as MLflow 3 reaches what an experiment guards. */
export class FilesArtifactRepository implements ArtifactRepository {
  readonly rootUri: string;
  readonly #rootPath: string;
  readonly #apiUrl: string;
  readonly #server: ServerRequests;

  constructor(options: FilesArtifactRepositoryOptions) {
    this.rootUri = options.rootUri;
    this.#rootPath = decodeArtifactPath(options.rootPath);
    this.#apiUrl = `${trackingServerUrl(options.trackingUri).href.replace(/(?<!\/)\/+$/, "")}/api/2.0`;
    this.#server = new ServerRequests(options);
  }

  async list(path: string): Promise<readonly FileInfo[]> {
    const checked = checkArtifactPath(path);
    const infos = await this.#listFolder(checked);
    if (infos !== undefined) return infos.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    const file = checked === "" ? undefined : await this.#findFile(checked);
    return file === undefined ? [] : [file];
  }

  async find(path: string): Promise<FileInfo | undefined> {
    const checked = checkNonEmptyArtifactPath(path);
    // Asked as a file, a folder is an error that a HEAD cannot name.
    if (await this.hasFolder(checked)) return { path: checked, isDir: true };
    return this.#findFile(checked);
  }

  /** Whether a folder is there; "" is the root. */
  async hasFolder(path: string): Promise<boolean> {
    const url = this.#url(DIRECTORIES_PATH, path);
    return (await this.#unlessAbsent(this.#send(url, { method: "HEAD", subject: path }))) !== undefined;
  }

  async read(path: string, range?: ByteRange, signal?: AbortSignal): Promise<OpenedArtifact> {
    const checked = checkNonEmptyArtifactPath(path);
    const headers = { ...(range && { range: `bytes=${range.start}-${range.end ?? ""}` }) };
    const init = { headers, ...(signal && { signal }), subject: checked };
    return openBody(await this.#send(this.#url(FILES_PATH, checked), init), range);
  }

  async write(path: string, content: Readable | Uint8Array, signal?: AbortSignal): Promise<number> {
    const checked = checkNonEmptyArtifactPath(path);
    const { body, counter } = uploadBody(content);
    const response = await this.#send(`${this.#url(FILES_PATH, checked)}?overwrite=true`, {
      method: "PUT",
      headers: { "content-type": "application/octet-stream" },
      body,
      duplex: "half",
      ...(signal && { signal }),
      subject: checked,
    });
    await response.body?.cancel();
    return counter.bytes;
  }

  /** The Files API deletes empty folders alone, so what is in one goes first. */
  async delete(path: string): Promise<void> {
    const checked = checkNonEmptyArtifactPath(path);
    const info = await this.find(checked);
    if (info === undefined) throw noSuchArtifact(checked);
    if (info.isDir) for (const child of await this.list(checked)) await this.delete(child.path);
    const url = this.#url(info.isDir ? DIRECTORIES_PATH : FILES_PATH, checked);
    // A folder of artifacts may go with the last file in it.
    await this.#unlessAbsent(this.#send(url, { method: "DELETE", subject: checked }));
  }

  async #findFile(path: string): Promise<FileInfo | undefined> {
    const url = this.#url(FILES_PATH, path);
    const response = await this.#unlessAbsent(this.#send(url, { method: "HEAD", subject: path }));
    if (response === undefined) return undefined;
    return { path, isDir: false, fileSizeBytes: Number(response.headers.get("content-length") ?? 0) };
  }

  /** Undefined when there is no such folder. */
  async #listFolder(path: string): Promise<FileInfo[] | undefined> {
    const infos: FileInfo[] = [];
    let query = "";
    for (let page = 0; page < PAGES_MAX; page++) {
      const url = this.#url(DIRECTORIES_PATH, path) + query;
      const response = await this.#unlessAbsent(this.#send(url, { subject: path }));
      if (response === undefined) return undefined;
      const { contents = [], next_page_token: next } = (await response.json()) as DirectoryPage; // Checked below.
      infos.push(...contents.map((entry) => childOf(path, entry)));
      if (!next) break;
      query = `?page_token=${encodeURIComponent(next)}`;
    }
    return infos;
  }

  #send(...[url, init]: Parameters<ServerRequests["send"]>): Promise<Response> {
    return this.#server.send(url, init);
  }

  async #unlessAbsent(answer: Promise<Response>): Promise<Response | undefined> {
    try {
      return await answer;
    } catch (error) {
      if (isAppError(error, "RESOURCE_DOES_NOT_EXIST")) return undefined;
      throw error;
    }
  }

  #url(api: string, path: string): string {
    return `${this.#apiUrl}${api}/${encodeArtifactPath(joinArtifactPath(this.#rootPath, path))}`;
  }
}

type DirectoryEntry = {
  readonly name?: unknown;
  readonly is_directory?: unknown;
  readonly file_size?: unknown;
};
type DirectoryPage = { readonly contents?: readonly DirectoryEntry[]; readonly next_page_token?: string };

/** A hostile server's name is refused here. */
function childOf(folder: string, { name, is_directory: isDir, file_size: size }: DirectoryEntry): FileInfo {
  if (typeof name !== "string" || name.includes("/")) {
    throw new AppError("INVALID_PARAMETER_VALUE", `the server listed ${JSON.stringify(name)} in '${folder}'`);
  }
  const path = joinArtifactPath(folder, checkNonEmptyArtifactPath(name));
  return isDir === true ? { path, isDir } : { path, isDir: false, fileSizeBytes: Number(size ?? 0) };
}
