import { AppError, isAppError, throwIfAborted } from "@flightdeck/core";
import { endpoints, type ResponseOf } from "@flightdeck/protocol";
import { Readable } from "node:stream";
import type { CallOptions, RestClient } from "../rest/rest-client.ts";
import { inBlocks } from "./in-blocks.ts";

/** A file or folder as the REST API tells of it; `path` is absolute, without `dbfs:`. */
export type DbfsFileWire = ResponseOf<typeof endpoints.getDbfsStatus>;

export type DbfsTransferOptions = CallOptions & {
  /** Told after each block. */
  readonly onProgress?: ((progress: { readonly bytesDone: number }) => void) | undefined;
};
export type DbfsUploadOptions = DbfsTransferOptions & { readonly overwrite?: boolean | undefined };
export type DbfsDownload = { readonly stream: Readable; readonly sizeBytes: number };

/** Databricks' own bound of one read and one block: 1 MB before it is encoded. */
const BLOCK_BYTES = 1_000_000;
/** Databricks deletes a large folder in pieces of 45 s each; an hour of them is enough for anything. */
const DELETE_ROUNDS_MAX = 80;

/**
 * DBFS, a workspace's file system (https://docs.databricks.com/api/workspace/dbfs). Paths are `dbfs:/x` or `/x`. Whole
 * files travel in blocks, as a workspace of Databricks wants it, and never lie in memory as a whole.
 */
export class DbfsApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  async getStatus(path: string, options?: CallOptions): Promise<DbfsFileWire> {
    return this.#rest.call(endpoints.getDbfsStatus, { path: dbfsPath(path) }, options);
  }

  /** Undefined when nothing is there. */
  async findStatus(path: string, options?: CallOptions): Promise<DbfsFileWire | undefined> {
    try {
      return await this.getStatus(path, options);
    } catch (error) {
      if (isAppError(error, "RESOURCE_DOES_NOT_EXIST")) return undefined;
      throw error;
    }
  }

  /** What is in a folder; a file lists itself. */
  async list(path: string, options?: CallOptions): Promise<readonly DbfsFileWire[]> {
    const { files } = await this.#rest.call(endpoints.listDbfs, { path: dbfsPath(path) }, options);
    return files;
  }

  /** Makes a folder and those above it; one that is there is fine. */
  async mkdirs(path: string, options?: CallOptions): Promise<void> {
    await this.#rest.call(endpoints.makeDbfsFolder, { path: dbfsPath(path) }, options);
  }

  async move(source: string, destination: string, options?: CallOptions): Promise<void> {
    const request = { source_path: dbfsPath(source), destination_path: dbfsPath(destination) };
    await this.#rest.call(endpoints.moveDbfs, request, options);
  }

  /** Deletes a file, or with `recursive` a folder with all that is in it. What is not there is deleted already. */
  async delete(path: string, options: CallOptions & { readonly recursive?: boolean } = {}): Promise<void> {
    const request = { path: dbfsPath(path), recursive: options.recursive ?? false };
    for (let round = 1; ; round++) {
      try {
        await this.#rest.call(endpoints.deleteDbfs, request, options);
        return;
      } catch (error) {
        const isPart = isAppError(error) && error.message.startsWith("PARTIAL_DELETE");
        if (!isPart || round === DELETE_ROUNDS_MAX) throw error;
      }
    }
  }

  /** Writes a file. One that fails halfway may leave a part of it, on a workspace of Databricks. */
  async upload(
    path: string,
    content: Readable | Uint8Array,
    { overwrite = false, onProgress, ...options }: DbfsUploadOptions = {},
  ): Promise<void> {
    const created = { path: dbfsPath(path), overwrite };
    const { handle } = await this.#rest.call(endpoints.createDbfsFile, created, options);
    let bytesDone = 0;
    for await (const block of inBlocks(content, BLOCK_BYTES)) {
      throwIfAborted(options.signal);
      const data = block.toString("base64");
      await this.#rest.call(endpoints.addDbfsBlock, { handle, data }, options);
      bytesDone += block.byteLength;
      onProgress?.({ bytesDone });
    }
    await this.#rest.call(endpoints.closeDbfsFile, { handle }, options);
  }

  /** Reads a file as it is asked for: a stream that nobody reads fetches nothing. */
  async download(path: string, options: DbfsTransferOptions = {}): Promise<DbfsDownload> {
    const { is_dir: isDir, file_size: sizeBytes } = await this.getStatus(path, options);
    if (isDir) throw new AppError("INVALID_PARAMETER_VALUE", `dbfs:${dbfsPath(path)} is a directory`);
    return { stream: Readable.from(this.#blocksOf(path, sizeBytes, options)), sizeBytes };
  }

  async *#blocksOf(
    path: string,
    sizeBytes: number,
    { onProgress, ...options }: DbfsTransferOptions,
  ): AsyncGenerator<Buffer, void, undefined> {
    for (let offset = 0; offset < sizeBytes;) {
      const request = { path: dbfsPath(path), offset, length: BLOCK_BYTES };
      const { bytes_read: count, data } = await this.#rest.call(endpoints.readDbfs, request, options);
      const block = Buffer.from(data, "base64");
      if (count === 0 || block.byteLength !== count) throw cutShort(path, offset, sizeBytes);
      offset += count;
      yield block;
      onProgress?.({ bytesDone: offset });
    }
  }
}

/** As the REST API takes it. */
function dbfsPath(path: string): string {
  const absolute = path.replace(/^dbfs:/, "");
  if (absolute.startsWith("/")) return absolute;
  const message = `a path of DBFS begins with dbfs:/ or /, got ${JSON.stringify(path)}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function cutShort(path: string, offset: number, sizeBytes: number): AppError {
  const message = `dbfs:${dbfsPath(path)} ended after ${offset} of ${sizeBytes} bytes: it was changed while it was read`;
  return new AppError("ABORTED", message);
}
