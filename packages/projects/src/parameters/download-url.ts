import { AppError, invalid, messageOf } from "@flightdeck/core";
import { createWriteStream } from "node:fs";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

export type DownloadUrlOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Default: no limit, because data sets have any size. */
  readonly bytesMax?: number | undefined;
};

/** Downloads one file into a folder, named after the last segment of its URL. Returns its path. */
export async function downloadUrl(
  url: string,
  folder: string,
  { signal, bytesMax = Infinity }: DownloadUrlOptions = {},
): Promise<string> {
  const { origin, pathname } = new URL(url); // Query and credentials may be secret, so messages leave them out.
  const response = await fetch(url, { signal: signal ?? null }).catch((cause: unknown) => {
    throw new AppError("IO_ERROR", `${origin}${pathname} could not be fetched: ${reasonOf(cause)}`, {
      cause,
    });
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new AppError("IO_ERROR", `${origin}${pathname} answered HTTP ${response.status}`);
  }
  const path = join(folder, fileNameOf(pathname));
  const bounded = atMost(bytesMax, `${origin}${pathname}`);
  await pipeline(Readable.fromWeb(response.body), bounded, createWriteStream(path), { signal });
  return path;
}

/** `fetch` only says "fetch failed"; the reason is in its `cause`. */
function reasonOf(error: unknown): string {
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = reason instanceof Error && "code" in reason ? String(reason.code) : "";
  return messageOf(reason) || code;
}

type Bounded = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

function atMost(bytesMax: number, shown: string): Bounded {
  return async function* (source) {
    let bytes = 0;
    for await (const chunk of source) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) throw invalid(`${shown} has more than the ${bytesMax} bytes allowed`);
      yield chunk;
    }
  };
}

/** Left percent-encoded, so that it contains no separator. A URL may end with a slash. */
function fileNameOf(pathname: string): string {
  const name = basename(pathname);
  return name === "" ? "download" : name;
}
