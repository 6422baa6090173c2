import { AppError } from "@flightdeck/core";
import { openFile } from "./file-source.ts";
import { openHttp } from "./http-source.ts";

/**
 * A file that can be read in pieces, wherever it lies. `slice` may be called concurrently; `end` is exclusive and
 * defaults to the end of the file.
 */
export type ByteSource = {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
  /** Releases what the source holds. Called once, after the last slice. */
  close?(): Promise<void>;
};

export type OpenOptions = {
  /** Stops the reading; the promise rejects with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Request headers for http(s) URLs, for example Authorization. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Opens URLs of other schemes, for example dbfs: and s3:. */
  readonly open?: ((url: string, signal?: AbortSignal) => Promise<ByteSource>) | undefined;
};

/** A scheme has at least two letters, so that a Windows drive is a path. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;

/** Opens a path, a file: or http(s): URL, or whatever `options.open` understands. */
export async function openSource(pathOrUrl: string, options: OpenOptions): Promise<ByteSource> {
  const scheme = SCHEME.exec(pathOrUrl)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === "file") return openFile(pathOrUrl, options.signal);
  if (scheme === "http" || scheme === "https") return openHttp(pathOrUrl, options);
  if (options.open) return options.open(pathOrUrl, options.signal);
  const message = `cannot read ${withoutSecrets(pathOrUrl)}: scheme must be file, http or https, got ${scheme}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** The path or URL as messages show it: without a URL's user, password and query, which often are credentials. */
export function withoutSecrets(pathOrUrl: string): string {
  if (!SCHEME.test(pathOrUrl)) return pathOrUrl;
  return pathOrUrl.replace(/[?#].*$/s, "").replace(/^([^/]*\/\/)[^/]*@/, "$1");
}
