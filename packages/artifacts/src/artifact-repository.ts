import type { FileInfo } from "@flightdeck/protocol";
import type { Readable } from "node:stream";
import { AppError } from "@flightdeck/core";

/** A range of an artifact's bytes, counted from 0. */
export type ByteRange = {
  readonly start: number;
  /** Inclusive, as in HTTP. */ readonly end?: number | undefined;
};

/** A range with both ends, both inside the artifact. */
export type ByteBounds = { readonly start: number; readonly end: number };

/** An artifact opened for reading. */
export type OpenedArtifact = {
  readonly stream: Readable;
  /** The size of the whole artifact, also when only a range was requested. */
  readonly sizeBytes: number;
};

/**
 * The storage below one artifact root. Paths are relative, `/`-separated and not empty unless documented otherwise. Every
 * implementation passes them through the path resolver, so no path can leave the root.
 *
 * Missing artifacts: reading or deleting one throws `RESOURCE_DOES_NOT_EXIST`; listing a missing folder returns an empty
 * list, as MLflow's clients expect.
 * Atomicity: a `write` that fails or is interrupted leaves the previous content.
 */
export interface ArtifactRepository {
  /** The URI of the root, path "". */
  readonly rootUri: string;
  /** A folder's direct children, sorted by path. Paths are relative to the root; "" is the root. For a file, the file itself. */
  list(path: string): Promise<readonly FileInfo[]>;
  /** Metadata of an artifact or folder; undefined when it does not exist. */
  find(path: string): Promise<FileInfo | undefined>;
  /**
   * Opens an artifact, or a range of it. A range that starts after the artifact's end throws `INVALID_PARAMETER_VALUE`. The
   * caller must read the stream to its end or destroy it.
   */
  read(path: string, range?: ByteRange, signal?: AbortSignal): Promise<OpenedArtifact>;
  /** Writes or replaces an artifact. Resolves with the bytes written once they are stored durably. */
  write(path: string, content: Readable | Uint8Array, signal?: AbortSignal): Promise<number>;
  /** Deletes an artifact, or a folder with everything below it. */
  delete(path: string): Promise<void>;
}

/** Limits a range to an artifact of `sizeBytes`. Throws when it starts after the end. */
export function checkRange(range: ByteRange, sizeBytes: number): ByteBounds {
  const end = Math.min(range.end ?? sizeBytes - 1, sizeBytes - 1);
  const valid = Number.isSafeInteger(range.start) && range.start >= 0 && range.start <= end;
  if (!valid) throw unsatisfiableRange(range, sizeBytes);
  return { start: range.start, end };
}

export function unsatisfiableRange(range: ByteRange, sizeBytes: number | undefined): AppError {
  const size = sizeBytes === undefined ? "the artifact" : `an artifact of ${sizeBytes} bytes`;
  const message = `the range ${range.start}..${range.end ?? ""} is outside ${size}`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
