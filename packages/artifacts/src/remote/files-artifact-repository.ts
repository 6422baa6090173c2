import { AppError, isAppError } from "@flightdeck/core";
import { DIRECTORIES_PATH, type FileInfo, FILES_PATH } from "@flightdeck/protocol";
import type { Readable } from "node:stream";
import type { ArtifactRepository, ByteRange, OpenedArtifact } from "../artifact-repository.ts";
import { noSuchArtifact } from "../file-error.ts";
import { ServerRequests, type ServerRequestsOptions, trackingServerUrl } from "./server-requests.ts";
import {
  checkArtifactPath,
  checkNonEmptyArtifactPath,
  decodeArtifactPath,
  encodeArtifactPath,
  joinArtifactPath,
} from "../artifact-path.ts";

/** An artifact root in the Files API. */
export type FilesArtifactRepositoryOptions = ServerRequestsOptions & {
  readonly rootUri: string;
  /** The root's path in the Files API, percent-encoded, without a leading slash. */
  readonly rootPath: string;
  /** The workspace's URL. */
  readonly trackingUri: string;
};

/** With a thousand entries per page, this allows folders of ten million entries. */
const PAGES_MAX = 10_000;

/** Artifacts in a Databricks workspace, accessed with the Files API, as MLflow 3 does for managed artifacts. */
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
    // Checked first, because a HEAD request for a folder as a file gives an error without a code.
    if (await this.hasFolder(checked)) return { path: checked, isDir: true };
    return this.#findFile(checked);
  }

  /** Whether a folder exists; "" is the root. */
  async hasFolder(path: string): Promise<boolean> {
    const url = this.#url(DIRECTORIES_PATH, path);
    return (await this.#server.find(url, { method: "HEAD", subject: path })) !== undefined;
  }

  async read(path: string, range?: ByteRange, signal?: AbortSignal): Promise<OpenedArtifact> {
    const subject = checkNonEmptyArtifactPath(path);
    return this.#server.download(this.#url(FILES_PATH, subject), { subject, range, signal });
  }

  async write(path: string, content: Readable | Uint8Array, signal?: AbortSignal): Promise<number> {
    const subject = checkNonEmptyArtifactPath(path);
    const url = `${this.#url(FILES_PATH, subject)}?overwrite=true`;
    return this.#server.upload(url, { subject, method: "PUT", content, signal });
  }

  /** The Files API only deletes empty folders, so a folder's contents are deleted first. */
  async delete(path: string): Promise<void> {
    const checked = checkNonEmptyArtifactPath(path);
    const info = await this.find(checked);
    if (info === undefined) throw noSuchArtifact(checked);
    if (info.isDir) for (const child of await this.list(checked)) await this.delete(child.path);
    const url = this.#url(info.isDir ? DIRECTORIES_PATH : FILES_PATH, checked);
    // `find` ignores a missing folder: an artifact folder may disappear together with its last file.
    await this.#server.find(url, { method: "DELETE", subject: checked });
  }

  async #findFile(path: string): Promise<FileInfo | undefined> {
    const url = this.#url(FILES_PATH, path);
    const response = await this.#server.find(url, { method: "HEAD", subject: path });
    if (response === undefined) return undefined;
    return { path, isDir: false, fileSizeBytes: Number(response.headers.get("content-length") ?? 0) };
  }

  /** Undefined when the folder does not exist. */
  async #listFolder(path: string): Promise<FileInfo[] | undefined> {
    const infos: FileInfo[] = [];
    let query = "";
    for (let page = 0; page < PAGES_MAX; page++) {
      const url = this.#url(DIRECTORIES_PATH, path) + query;
      const response = await this.#server.find(url, { subject: path });
      if (response === undefined) return undefined;
      const { contents = [], next_page_token: next } = (await response.json()) as DirectoryPage; // Checked below.
      infos.push(...contents.map((entry) => childOf(path, entry)));
      if (!next) break;
      query = `?page_token=${encodeURIComponent(next)}`;
    }
    return infos;
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
type DirectoryPage = {
  readonly contents?: readonly DirectoryEntry[] | undefined;
  readonly next_page_token?: string;
};

/** Rejects invalid names, which a hostile server might send. */
function childOf(folder: string, { name, is_directory: isDir, file_size: size }: DirectoryEntry): FileInfo {
  if (typeof name !== "string" || name.includes("/")) {
    throw new AppError("INVALID_PARAMETER_VALUE", `the server listed ${JSON.stringify(name)} in '${folder}'`);
  }
  const path = joinArtifactPath(folder, checkNonEmptyArtifactPath(name));
  return isDir === true ? { path, isDir } : { path, isDir: false, fileSizeBytes: Number(size ?? 0) };
}

/**
 * Managed artifacts of a workspace: accessed with the Files API, or through `fallback` if the workspace does not offer it. This
 * is decided once, before the first call, because a stream can be sent only once.
 */
export class ManagedArtifactRepository implements ArtifactRepository {
  readonly rootUri: string;
  readonly #files: FilesArtifactRepository;
  readonly #fallback: ArtifactRepository;
  #chosen: Promise<ArtifactRepository> | undefined;

  constructor(options: FilesArtifactRepositoryOptions, fallback: ArtifactRepository) {
    this.rootUri = options.rootUri;
    this.#files = new FilesArtifactRepository(options);
    this.#fallback = fallback;
  }

  async list(path: string): Promise<readonly FileInfo[]> {
    return (await this.#choose()).list(path);
  }

  async find(path: string): Promise<FileInfo | undefined> {
    return (await this.#choose()).find(path);
  }

  async read(path: string, range?: ByteRange, signal?: AbortSignal): Promise<OpenedArtifact> {
    return (await this.#choose()).read(path, range, signal);
  }

  async write(path: string, content: Readable | Uint8Array, signal?: AbortSignal): Promise<number> {
    return (await this.#choose()).write(path, content, signal);
  }

  async delete(path: string): Promise<void> {
    return (await this.#choose()).delete(path);
  }

  #choose(): Promise<ArtifactRepository> {
    this.#chosen ??= this.#probe().catch((error: unknown) => {
      this.#chosen = undefined; // Probe again after a network error.
      throw error;
    });
    return this.#chosen;
  }

  async #probe(): Promise<ArtifactRepository> {
    try {
      await this.#files.hasFolder("");
      return this.#files;
    } catch (error) {
      // As in MLflow 3: a workspace without this part of the API responds with 400 or 403.
      if (isAppError(error, "PERMISSION_DENIED") || isAppError(error, "BAD_REQUEST")) return this.#fallback;
      throw error;
    }
  }
}
