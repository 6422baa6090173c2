import { AppError, invalid, isAppError, throwIfAborted } from "@flightdeck/core";
import { endpoints, type ResponseOf } from "@flightdeck/protocol";
import { Readable } from "node:stream";
import type { CallOptions, RestClient } from "../rest/rest-client.ts";

/** A file or folder as the REST API describes it; `path` is absolute, without `dbfs:`. */
export type DbfsFileWire = ResponseOf<typeof endpoints.getDbfsStatus>;

/** Cancellation and progress of a transfer. */
export type DbfsTransferOptions = CallOptions & {
  /** Called after each block. */
  readonly onProgress?: ((progress: { readonly bytesDone: number }) => void) | undefined;
};

/** Options of an upload. With `overwrite` an existing file is replaced; without it, an existing file is an error. */
export type DbfsUploadOptions = DbfsTransferOptions & { readonly overwrite?: boolean | undefined };

/** A file being downloaded: its content as a stream, and its total size. */
export type DbfsDownload = { readonly stream: Readable; readonly sizeBytes: number };

/** Databricks' limit for one read and one block: 1 MB before encoding. */
const BLOCK_BYTES = 1_000_000;

/** Databricks deletes a large folder in rounds of 45 s each; an hour of them is enough for any folder. */
const DELETE_ROUNDS_MAX = 80;

/**
 * DBFS, a workspace's file system (https://docs.databricks.com/api/workspace/dbfs). Paths are `dbfs:/x` or `/x`. Files
 * are transferred in blocks, as Databricks requires, and are never held in memory as a whole.
 */
export class DbfsApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  async getStatus(path: string, options?: CallOptions): Promise<DbfsFileWire> {
    return await this.#rest.call(endpoints.getDbfsStatus, { path: dbfsPath(path) }, options);
  }

  /** Returns undefined when nothing exists at the path. */
  async findStatus(path: string, options?: CallOptions): Promise<DbfsFileWire | undefined> {
    try {
      return await this.getStatus(path, options);
    } catch (error) {
      if (isAppError(error, "RESOURCE_DOES_NOT_EXIST")) return undefined;
      throw error;
    }
  }

  /** Lists a folder's entries; for a file, the file itself. */
  async list(path: string, options?: CallOptions): Promise<readonly DbfsFileWire[]> {
    const { files } = await this.#rest.call(endpoints.listDbfs, { path: dbfsPath(path) }, options);
    return files;
  }

  /** Creates a folder and its parents. Does nothing if it exists. */
  async mkdirs(path: string, options?: CallOptions): Promise<void> {
    await this.#rest.call(endpoints.makeDbfsFolder, { path: dbfsPath(path) }, options);
  }

  async move(source: string, destination: string, options?: CallOptions): Promise<void> {
    const request = { source_path: dbfsPath(source), destination_path: dbfsPath(destination) };
    await this.#rest.call(endpoints.moveDbfs, request, options);
  }

  /** Deletes a file, or with `recursive` a folder and its contents. Succeeds if the path does not exist. */
  async delete(
    path: string,
    options: CallOptions & { readonly recursive?: boolean | undefined } = {},
  ): Promise<void> {
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

  /** Writes a file. On Databricks, an upload that fails halfway may leave a partial file. */
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

  /** Downloads a file. Blocks are fetched only as the stream is read. */
  async download(path: string, options: DbfsTransferOptions = {}): Promise<DbfsDownload> {
    const { is_dir: isDir, file_size: sizeBytes } = await this.getStatus(path, options);
    if (isDir) throw invalid(`dbfs:${dbfsPath(path)} is a directory`);
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

/** The path without `dbfs:`, as the REST API expects it. */
function dbfsPath(path: string): string {
  const absolute = path.replace(/^dbfs:/, "");
  if (absolute.startsWith("/")) return absolute;
  const message = `a DBFS path must begin with dbfs:/ or /, got ${JSON.stringify(path)}`;
  throw invalid(message);
}

function cutShort(path: string, offset: number, sizeBytes: number): AppError {
  const message = `dbfs:${dbfsPath(path)} ended after ${offset} of ${sizeBytes} bytes: it changed while it was being read`;
  return new AppError("ABORTED", message);
}

/** Splits content into blocks of equal size; the last one may be shorter. Empty content yields no blocks. */
export async function* inBlocks(
  content: Readable | Uint8Array,
  blockBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunksOf(content)) {
    for (let from = 0; from < chunk.byteLength;) {
      const piece = chunk.subarray(from, from + blockBytes - pendingBytes);
      pending.push(piece);
      pendingBytes += piece.byteLength;
      from += piece.byteLength;
      if (pendingBytes < blockBytes) continue;
      yield Buffer.concat(pending);
      [pending, pendingBytes] = [[], 0];
    }
  }
  if (pendingBytes > 0) yield Buffer.concat(pending);
}

async function* chunksOf(content: Readable | Uint8Array): AsyncGenerator<Buffer, void, undefined> {
  if (content instanceof Uint8Array) {
    yield Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    return;
  }
  for await (const chunk of content as AsyncIterable<unknown>) {
    if (!(chunk instanceof Uint8Array)) {
      throw invalid("content must be bytes");
    }
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
}
