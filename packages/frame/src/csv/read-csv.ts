import { AppError, throwIfAborted } from "@flightdeck/core";
import { Frame } from "../frame.ts";
import { missingColumn } from "../missing-column.ts";
import { type ByteSource, type OpenOptions, openSource, withoutSecrets } from "../sources/byte-source.ts";
import { columnOfFields } from "./column-of-fields.ts";
import { type CsvField, parseCsv } from "./parse-csv.ts";

export type ReadCsvOptions = OpenOptions & {
  /** The columns to keep, in this order; default all. */
  readonly columns?: readonly string[] | undefined;
  /** One character between fields. Default a comma. */
  readonly delimiter?: string | undefined;
};

/** The text is parsed in one piece; larger data belongs in parquet. V8's strings end at 512 MB. */
const CSV_BYTES_MAX = 256 * 2 ** 20;

/**
 * Reads a CSV file (RFC 4180, UTF-8, first record the column names) from a path or URL as `readParquet` takes them.
 * Each column's dtype is inferred: int64, float64, boolean or string. An unquoted empty field is a missing value, also
 * NA, N/A, NaN and null.
 *
 * Throws RESOURCE_DOES_NOT_EXIST for a missing file and INVALID_PARAMETER_VALUE, with the line or record, for a
 * malformed one.
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
    return frameOfText(await readText(withoutSecrets(pathOrUrl), source), options);
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

function frameOfText(text: string, { delimiter = ",", columns }: ReadCsvOptions): Frame {
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter)) {
    throw invalid(
      `delimiter must be one character and no quote or line end, got ${JSON.stringify(delimiter)}`,
    );
  }
  const [header, ...records] = parseCsv(text, delimiter);
  if (header === undefined) throw invalid("a CSV file must begin with a record of column names, got none");
  checkWidths(header, records);
  const names = header.map((field) => field.text);
  const frame = Frame.fromColumns(wanted(names, columns).map((name) => columnAt(name, names, records)));
  return frame;
}

function wanted(names: readonly string[], columns: readonly string[] | undefined): readonly string[] {
  const absent = columns?.find((name) => !names.includes(name));
  if (absent !== undefined) throw missingColumn(absent, names);
  return columns ?? names;
}

function columnAt(
  name: string,
  names: readonly string[],
  records: readonly (readonly CsvField[])[],
): ReturnType<typeof columnOfFields> {
  const index = names.indexOf(name);
  return columnOfFields(
    name,
    records.map((record) => record[index] ?? { text: "", quoted: false }),
  );
}

function checkWidths(header: readonly CsvField[], records: readonly (readonly CsvField[])[]): void {
  const bad = records.findIndex((record) => record.length !== header.length);
  if (bad === -1) return;
  throw invalid(
    `record ${bad + 1} must have ${header.length} fields as the header, got ${records[bad]?.length}`,
  );
}

function invalid(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
