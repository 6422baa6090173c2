import { AppError, messageOf } from "@flightdeck/core";
import { createWriteStream } from "node:fs";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Downloads one file from a web server into a folder, under the name that ends its address, and gives its path. */
export async function downloadUrl(url: string, folder: string, signal?: AbortSignal): Promise<string> {
  const { origin, pathname } = new URL(url); // Queries and logins carry secrets, so messages show neither.
  const response = await fetch(url, signal === undefined ? {} : { signal }).catch((cause: unknown) => {
    throw new AppError("IO_ERROR", `${origin}${pathname} could not be fetched: ${messageOf(cause)}`, {
      cause,
    });
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new AppError("IO_ERROR", `${origin}${pathname} answered HTTP ${response.status}`);
  }
  const path = join(folder, fileNameOf(pathname));
  await pipeline(
    Readable.fromWeb(response.body),
    createWriteStream(path),
    signal === undefined ? {} : { signal },
  );
  return path;
}

/** Still percent-encoded, so that it holds no separator. An address may end with a slash. */
function fileNameOf(pathname: string): string {
  const name = basename(pathname);
  return name === "" ? "download" : name;
}
