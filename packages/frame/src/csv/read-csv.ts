import { AppError, throwIfAborted } from "@flightdeck/core";
import type { Frame } from "../frame.ts";
import { type ByteSource, type OpenOptions, withoutSecrets } from "../sources/byte-source.ts";
import { openSource } from "../sources/open-source.ts";
import { frameFromCsv, type FrameFromCsvOptions } from "./frame-from-csv.ts";

/** Options for reading a CSV file. */
export type ReadCsvOptions = OpenOptions & FrameFromCsvOptions;

/** The text is parsed in one piece, and V8's strings are limited to 512 MB. Use parquet for larger data. */
const CSV_BYTES_MAX = 256 * 2 ** 20;

/**
 * Reads a CSV file (RFC 4180, UTF-8, with column names in the first record) from a path or URL, like `readParquet`.
 *
 * Each column's dtype is inferred: int64, float64, boolean or string. An unquoted empty field is a missing value, as are NA,
 * N/A, NaN and null. Throws RESOURCE_DOES_NOT_EXIST for a missing file and INVALID_PARAMETER_VALUE, with the line or record,
 * for a malformed one.
 *
 * @example
 * ```ts
 * const carriers = await readCsv("carriers.csv");
 * carriers.column("name").dtype; // "string"
 * ```
 */
export async function readCsv(pathOrUrl: string, options: ReadCsvOptions = {}): Promise<Frame> {
  throwIfAborted(options.signal);
  const source = await openSource(pathOrUrl, options);
  try {
    return frameFromCsv(await readText(withoutSecrets(pathOrUrl), source), options);
  } finally {
    await source.close?.();
  }
}

async function readText(shown: string, source: ByteSource): Promise<string> {
  if (source.byteLength > CSV_BYTES_MAX) {
    const message = `${shown} must have at most ${CSV_BYTES_MAX} bytes, got ${source.byteLength}`;
    throw new AppError("RESOURCE_EXHAUSTED", message);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await source.slice(0));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new AppError("INVALID_PARAMETER_VALUE", `${shown} is not UTF-8 text`, { cause });
  }
}
