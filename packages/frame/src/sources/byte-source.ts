import type { DiskCacheOptions } from "./disk-cache.ts";

/**
 * A local or remote file that can be read in pieces. `slice` may be called concurrently; `end` is exclusive and
 * defaults to the end of the file.
 */
export type ByteSource = {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
  /** Releases the source's resources. Called once, after the last slice. */
  close?(): Promise<void>;
};

/** Options for opening a local or remote file. */
export type OpenOptions = {
  /** Stops reading; the promise rejects with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Request headers for http(s) URLs, for example Authorization. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Caches data from http(s) servers in a folder, across programs. The server is still asked once per read whether the
   * file is unchanged and may be read. Files without a strong ETag are not cached.
   */
  readonly cache?: DiskCacheOptions | undefined;
  /** Opens URLs of other schemes, for example dbfs: and s3:. */
  readonly open?: ((url: string, signal?: AbortSignal) => Promise<ByteSource>) | undefined;
};

/** A scheme has at least two letters, so that a Windows drive counts as a path. */
export const SCHEME: RegExp = /^([a-z][a-z0-9+.-]+):/i;

/** The path or URL for messages: without a URL's user, password and query, which often contain credentials. */
export function withoutSecrets(pathOrUrl: string): string {
  if (!SCHEME.test(pathOrUrl)) return pathOrUrl;
  return pathOrUrl.replace(/[?#].*$/s, "").replace(/^([^/]*\/\/)[^/]*@/, "$1");
}
