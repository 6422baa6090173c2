import { AppError, messageOf } from "@flightdeck/core";
import { createWriteStream } from "node:fs";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

export type DownloadUrlOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Default: as much as the disk takes, since data sets have any size. */
  readonly bytesMax?: number;
};

/** Downloads one file from a web server into a folder, under the name that ends its address, and gives its path. */
export async function downloadUrl(
  url: string,
  folder: string,
  { signal, bytesMax = Infinity }: DownloadUrlOptions = {},
): Promise<string> {
  const { origin, pathname } = new URL(url); // Queries and logins carry secrets, so messages show neither.
  const cancelling = signal === undefined ? {} : { signal };
  const response = await fetch(url, cancelling).catch((cause: unknown) => {
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
  await pipeline(Readable.fromWeb(response.body), bounded, createWriteStream(path), cancelling);
  return path;
}

/** `fetch` fails as "fetch failed", and keeps the reason as its cause. */
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
      if (bytes > bytesMax)
        throw new AppError("INVALID_PARAMETER_VALUE", `${shown} has more than the ${bytesMax} bytes allowed`);
      yield chunk;
    }
  };
}

/** Still percent-encoded, so that it holds no separator. An address may end with a slash. */
function fileNameOf(pathname: string): string {
  const name = basename(pathname);
  return name === "" ? "download" : name;
}
