import type { FileInfo } from "@flightdeck/protocol";
import type { Readable } from "node:stream";

/** A part of an artifact, counted in bytes from 0. */
export type ByteRange = { readonly start: number; /** Inclusive, as in HTTP. */ readonly end?: number };

/** An artifact that is being read. */
export type OpenedArtifact = {
  readonly stream: Readable;
  /** Bytes of the whole artifact, whatever range was asked for. */
  readonly sizeBytes: number;
};

/**
 * Where an artifact root's bytes live. Paths are relative, `/`-separated and never empty unless said so; each
 * implementation passes them through the one path resolver, so no path leaves the root.
 *
 * Absence: reading, deleting or asking the size of an absent artifact throws `RESOURCE_DOES_NOT_EXIST`; listing an
 * absent folder gives nothing, as MLflow's clients expect.
 * Atomicity: a `write` that fails or is cut off leaves what was there before.
 */
export interface ArtifactRepository {
  /** The URI that `path` "" stands for. */
  readonly rootUri: string;
  /** Direct children of a folder ("" is the root), sorted by path; paths are relative to the root. Of a file: itself. */
  list(path: string): Promise<readonly FileInfo[]>;
  /** Metadata of one artifact or folder; undefined when there is none. */
  find(path: string): Promise<FileInfo | undefined>;
  /**
   * Opens one artifact, or a range of it; a range that begins behind its end throws `INVALID_PARAMETER_VALUE`. The
   * caller reads the stream to its end or destroys it.
   */
  read(path: string, range?: ByteRange, signal?: AbortSignal): Promise<OpenedArtifact>;
  /** Replaces what was there. Resolves when the bytes are on disk. Gives the size written. */
  write(path: string, content: Readable | Uint8Array, signal?: AbortSignal): Promise<number>;
  /** A folder is deleted with all below it. */
  delete(path: string): Promise<void>;
}
