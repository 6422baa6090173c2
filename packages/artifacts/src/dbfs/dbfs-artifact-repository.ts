import type { FileInfo } from "@flightdeck/protocol";
import { endpoints } from "@flightdeck/protocol";
import type { Readable } from "node:stream";
import type { ArtifactRepository, ByteRange, OpenedArtifact } from "../artifact-repository.ts";
import { noSuchArtifact } from "../file-error.ts";
import { openBody } from "../http/open-body.ts";
import { trackingServerUrl } from "../http/tracking-server-url.ts";
import { ServerRequests, type ServerRequestsOptions } from "../http/server-requests.ts";
import { uploadBody } from "../http/upload-body.ts";
import {
  checkArtifactPath,
  checkNonEmptyArtifactPath,
  encodeArtifactPath,
  joinArtifactPath,
} from "../paths/check-artifact-path.ts";
import { invalidUri, parseArtifactUri } from "../uri/parse-artifact-uri.ts";

export type DbfsArtifactRepositoryOptions = ServerRequestsOptions & {
  /** `dbfs:/…` */
  readonly rootUri: string;
  /** The workspace's address, as in the tracking URI. */
  readonly trackingUri: string;
};

/**
 * Artifacts in DBFS, the file system of a Databricks workspace, by its REST API: lists and deletes as JSON, bytes at
 * `/dbfs/<path>`, as MLflow's own clients do.
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
    const answer = await this.#query("list", checked);
    if (answer === undefined) return [];
    const { files } = endpoints.listDbfs.response.parse(answer);
    const infos = files.map((file) => this.#infoOf(file)).filter((info) => info.path !== ""); // A root that is a file.
    return infos.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  async find(path: string): Promise<FileInfo | undefined> {
    const answer = await this.#query("get-status", checkNonEmptyArtifactPath(path));
    return answer === undefined ? undefined : this.#infoOf(endpoints.getDbfsStatus.response.parse(answer));
  }

  async read(path: string, range?: ByteRange, signal?: AbortSignal): Promise<OpenedArtifact> {
    const checked = checkNonEmptyArtifactPath(path);
    const headers = { ...(range && { range: `bytes=${range.start}-${range.end ?? ""}` }) };
    const response = await this.#server.send(this.#bytesUrl(checked), {
      headers,
      ...(signal && { signal }),
      subject: checked,
    });
    return openBody(response, range);
  }

  async write(path: string, content: Readable | Uint8Array, signal?: AbortSignal): Promise<number> {
    const checked = checkNonEmptyArtifactPath(path);
    const { body, counter } = uploadBody(content);
    const response = await this.#server.send(`${this.#bytesUrl(checked)}?overwrite=true`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body,
      duplex: "half",
      ...(signal && { signal }),
      subject: checked,
    });
    await response.body?.cancel();
    return counter.bytes;
  }

  async delete(path: string): Promise<void> {
    const checked = checkNonEmptyArtifactPath(path);
    if ((await this.find(checked)) === undefined) throw noSuchArtifact(checked); // DBFS deletes nothing gladly.
    const response = await this.#server.send(`${this.#workspaceUrl}/api/2.0/dbfs/delete`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ path: this.#dbfsPath(checked), recursive: true }),
      subject: checked,
    });
    await response.body?.cancel();
  }

  /** The answer of one of the two calls that look; undefined when nothing is there. */
  async #query(call: "list" | "get-status", path: string): Promise<unknown> {
    const query = new URLSearchParams({ path: this.#dbfsPath(path) });
    return this.#server.findJson(`${this.#workspaceUrl}/api/2.0/dbfs/${call}?${query.toString()}`, path);
  }

  #dbfsPath(path: string): string {
    return `/${joinArtifactPath(this.#rootPath, path)}`;
  }

  #bytesUrl(path: string): string {
    return `${this.#workspaceUrl}/dbfs/${encodeArtifactPath(joinArtifactPath(this.#rootPath, path))}`;
  }

  /** Paths come absolute. A hostile server's path is refused here. */
  #infoOf(file: { path: string; is_dir: boolean; file_size?: number | undefined }): FileInfo {
    const whole = checkArtifactPath(file.path.replace(/^(dbfs:)?\/+/, ""));
    const inside = this.#rootPath === "" || `${whole}/`.startsWith(`${this.#rootPath}/`);
    if (!inside) throw invalidUri(`dbfs:/${whole}`, `the server listed it below '${this.rootUri}'`);
    const path = this.#rootPath === "" ? whole : whole.slice(this.#rootPath.length + 1);
    return file.is_dir ? { path, isDir: true } : { path, isDir: false, fileSizeBytes: file.file_size ?? 0 };
  }
}
