import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { AppError, messageOf, throwIfAborted } from "@flightdeck/core";
import { type ByteSource, type OpenOptions, SCHEME, withoutSecrets } from "./byte-source.ts";
import { openHttp } from "./http-source.ts";

/** Opens a path, a file: or http(s): URL, or any URL that `options.open` supports. */
export async function openSource(pathOrUrl: string, options: OpenOptions): Promise<ByteSource> {
  const scheme = SCHEME.exec(pathOrUrl)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === "file") return openFile(pathOrUrl, options.signal);
  if (scheme === "http" || scheme === "https") return openHttp(pathOrUrl, options);
  if (options.open) return options.open(pathOrUrl, options.signal);
  const message = `cannot read ${withoutSecrets(pathOrUrl)}: scheme must be file, http or https, got ${scheme}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** Opens a local file by path or file: URL for reading. Throws RESOURCE_DOES_NOT_EXIST if there is none. */
async function openFile(pathOrUrl: string, signal?: AbortSignal): Promise<ByteSource> {
  const path = toPath(pathOrUrl);
  const file = await openForReading(path);
  const stat = await file.stat();
  if (stat.isFile()) {
    return {
      byteLength: stat.size,
      slice: (start, end = stat.size) => readSlice({ file, path, start, end, signal }),
      close: () => file.close(),
    };
  }
  await file.close();
  throw new AppError("INVALID_PARAMETER_VALUE", `${path} is not a file`);
}

function toPath(pathOrUrl: string): string {
  if (!/^file:/i.test(pathOrUrl)) return pathOrUrl;
  try {
    return fileURLToPath(pathOrUrl);
  } catch (cause) {
    const message = `${pathOrUrl} is not a valid file: URL: ${messageOf(cause)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  }
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    // Without NONBLOCK, opening a named pipe would wait forever for a writer.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    throw openError(path, cause);
  }
}

function openError(path: string, cause: unknown): AppError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new AppError("RESOURCE_DOES_NOT_EXIST", `${path} does not exist`, { cause });
  }
  if (code === "EACCES" || code === "EPERM") {
    return new AppError("PERMISSION_DENIED", `${path} may not be read`, { cause });
  }
  return new AppError("IO_ERROR", `${path} could not be opened: ${messageOf(cause)}`, { cause });
}

type Slice = {
  readonly file: FileHandle;
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly signal: AbortSignal | undefined;
};

async function readSlice({ file, path, start, end, signal }: Slice): Promise<ArrayBuffer> {
  throwIfAborted(signal);
  const bytes = new Uint8Array(Math.max(0, end - start));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) throw new AppError("IO_ERROR", `${path} became shorter while it was read`);
    filled += bytesRead;
  }
  return bytes.buffer;
}
