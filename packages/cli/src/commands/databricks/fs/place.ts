import type { Readable } from "node:stream";

export type Entry = { readonly path: string; readonly isDir: boolean; readonly sizeBytes: number };

export type WriteInput = {
  readonly content: Readable;
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number) => void;
};

/** Where files are copied from or to. Paths are as a user writes them. */
export type Place = {
  find(path: string): Promise<Entry | undefined>;
  /** What is in a folder. */
  list(path: string): Promise<readonly Entry[]>;
  makeFolder(path: string): Promise<void>;
  open(path: string, signal: AbortSignal): Promise<Readable>;
  /** Writes a file, and the folders above it. Throws `RESOURCE_ALREADY_EXISTS` for one that must stay. */
  write(path: string, input: WriteInput): Promise<void>;
  /** The path of a name in a folder. */
  join(folder: string, name: string): string;
  nameOf(path: string): string;
};
