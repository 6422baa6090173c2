import type { FileInfo } from "@flightdeck/protocol";
import { endpoints } from "@flightdeck/protocol";
import type { Readable } from "node:stream";
import type { ArtifactRepository, ByteRange, OpenedArtifact } from "../artifact-repository.ts";
import { noSuchArtifact } from "../file-error.ts";
import { trackingServerUrl, ServerRequests, type ServerRequestsOptions } from "./server-requests.ts";
import {
  checkArtifactPath,
  checkNonEmptyArtifactPath,
  encodeArtifactPath,
  joinArtifactPath,
} from "../artifact-path.ts";
import { invalidUri, parseArtifactUri } from "../artifact-uri.ts";

/** An artifact root in DBFS. */
export type DbfsArtifactRepositoryOptions = ServerRequestsOptions & {
  /** `dbfs:/…` */
  readonly rootUri: string;
  /** The workspace's URL. */
  readonly trackingUri: string;
};

/**
 * Artifacts in DBFS, the file system of a Databricks workspace. Uses the same REST API as MLflow's clients: JSON calls to list
 * and delete, and `/dbfs/<path>` for content.
 */
export class DbfsArtifactRepository implements ArtifactRepository {
  readonly rootUri: string;
  readonly #rootPath: string;
  readonly #workspaceUrl: string;
  readonly #server: ServerRequests;

  constructor(options: DbfsArtifactRepositoryOptions) {
    const uri = parseArtifactUri(options.rootUri);
    if (uri.kind !== "dbfs") throw invalidUri(options.rootUri, "it must be of the form 'dbfs:/path'");
    this.rootUri = options.rootUri;
    this.#rootPath = uri.path.slice(1);
    this.#workspaceUrl = trackingServerUrl(options.trackingUri).href.replace(/(?<!\/)\/+$/, "");
    this.#server = new ServerRequests(options);
  }

  async list(path: string): Promise<readonly FileInfo[]> {
    const checked = checkArtifactPath(path);
    const response = await this.#query("list", checked);
    if (response === undefined) return [];
    const { files } = endpoints.listDbfs.response.parse(response);
    const infos = files.map((file) => this.#infoOf(file)).filter((info) => info.path !== ""); // Skips a root that is itself a file.
    return infos.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  async find(path: string): Promise<FileInfo | undefined> {
    const response = await this.#query("get-status", checkNonEmptyArtifactPath(path));
    return response === undefined
      ? undefined
      : this.#infoOf(endpoints.getDbfsStatus.response.parse(response));
  }

  async read(path: string, range?: ByteRange, signal?: AbortSignal): Promise<OpenedArtifact> {
    const subject = checkNonEmptyArtifactPath(path);
    return this.#server.download(this.#contentUrl(subject), { subject, range, signal });
  }

  async write(path: string, content: Readable | Uint8Array, signal?: AbortSignal): Promise<number> {
    const subject = checkNonEmptyArtifactPath(path);
    const url = `${this.#contentUrl(subject)}?overwrite=true`;
    return this.#server.upload(url, { subject, method: "POST", content, signal });
  }

  async delete(path: string): Promise<void> {
    const checked = checkNonEmptyArtifactPath(path);
    // DBFS reports success for a path that does not exist.
    if ((await this.find(checked)) === undefined) throw noSuchArtifact(checked);
    await this.#server.perform(`${this.#workspaceUrl}/api/2.0/dbfs/delete`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ path: this.#dbfsPath(checked), recursive: true }),
      subject: checked,
    });
  }

  /** The response of a read-only call; undefined when the path does not exist. */
  async #query(call: "list" | "get-status", path: string): Promise<unknown> {
    const query = new URLSearchParams({ path: this.#dbfsPath(path) });
    const url = `${this.#workspaceUrl}/api/2.0/dbfs/${call}?${query.toString()}`;
    return (await this.#server.find(url, { subject: path }))?.json();
  }

  #dbfsPath(path: string): string {
    return `/${joinArtifactPath(this.#rootPath, path)}`;
  }

  #contentUrl(path: string): string {
    return `${this.#workspaceUrl}/dbfs/${encodeArtifactPath(joinArtifactPath(this.#rootPath, path))}`;
  }

  /** DBFS returns absolute paths. Rejects paths outside the root, which a hostile server might send. */
  #infoOf(file: { path: string; is_dir: boolean; file_size?: number | undefined }): FileInfo {
    const whole = checkArtifactPath(file.path.replace(/^(dbfs:)?\/+/, ""));
    const inside = this.#rootPath === "" || `${whole}/`.startsWith(`${this.#rootPath}/`);
    if (!inside) throw invalidUri(`dbfs:/${whole}`, `the server listed it below '${this.rootUri}'`);
    const path = this.#rootPath === "" ? whole : whole.slice(this.#rootPath.length + 1);
    return file.is_dir ? { path, isDir: true } : { path, isDir: false, fileSizeBytes: file.file_size ?? 0 };
  }
}
