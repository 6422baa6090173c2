import {
  type FileMetaData,
  type SchemaTree,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { AppError, isAppError, messageOf, throwIfAborted } from "@flightdeck/core";
import { ColumnBuilder } from "../column-builder.ts";
import { Frame } from "../frame.ts";
import { missingColumn } from "../missing-column.ts";
import { type ByteSource, type OpenOptions, openSource, withoutSecrets } from "../sources/byte-source.ts";
import { describeElement, dtypeOfElement } from "./dtype-of-element.ts";

export type ReadProgress = { readonly rowsDone: number; readonly rowsTotal: number };

export type ReadParquetOptions = OpenOptions & {
  /** The columns to read, in this order; default all. Others are not even fetched. */
  readonly columns?: readonly string[] | undefined;
  /** Called after each row group. */
  readonly onProgress?: ((progress: ReadProgress) => void) | undefined;
};

/** Rows are numbered by 32-bit integers; half of that leaves room for arithmetic with small integers. */
const ROW_COUNT_MAX = 2 ** 30;

/** pandas stores a nameless index under such a name; it is no data (pandas' developer notes on parquet metadata). */
const PANDAS_INDEX = /^__index_level_\d+__$/;

/**
 * Reads a parquet file from a path, a file: URL or an http(s): URL (by range requests), or from any URL that
 * `options.open` understands. Compression may be snappy, gzip, brotli, lz4 or zstd.
 *
 * Throws RESOURCE_DOES_NOT_EXIST for a missing file, INVALID_PARAMETER_VALUE for one that is not parquet, for a column
 * that is not there and for a column type that a frame does not have (nested, dates, binary), CANCELLED by the signal.
 *
 * @example
 * ```ts
 * const flights = await readParquet("flights.parquet", { columns: ["Distance", "ArrDelayBinary"] });
 * flights.numRows;
 * flights.column("Distance").values; // Float32Array
 * ```
 */
export async function readParquet(pathOrUrl: string, options: ReadParquetOptions = {}): Promise<Frame> {
  throwIfAborted(options.signal);
  const source = await openSource(pathOrUrl, options);
  try {
    return await readSource(pathOrUrl, source, options);
  } finally {
    await source.close?.();
  }
}

async function readSource(
  pathOrUrl: string,
  source: ByteSource,
  options: ReadParquetOptions,
): Promise<Frame> {
  const shown = withoutSecrets(pathOrUrl);
  const metadata = await readMetadata(shown, source);
  const trees = wantedColumns(metadata, options.columns);
  const builders = new Map(
    trees.map((tree) => [tree.element.name, builderOf(shown, tree, rowsOf(metadata))]),
  );
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    throwIfAborted(options.signal);
    const rowEnd = rowStart + Number(group.num_rows);
    await readRows({ shown, source, metadata, builders, rowStart, rowEnd });
    rowStart = rowEnd;
    options.onProgress?.({ rowsDone: rowEnd, rowsTotal: rowsOf(metadata) });
  }
  return Frame.fromColumns(Array.from(builders.values(), (builder) => builder.build()));
}

async function readMetadata(shown: string, source: ByteSource): Promise<FileMetaData> {
  if (source.byteLength === 0) throw notParquet(shown, "it is empty");
  try {
    const metadata = await parquetMetadataAsync(source);
    checkRowCounts(metadata);
    return metadata;
  } catch (cause) {
    if (isAppError(cause)) throw cause;
    throw notParquet(shown, cause instanceof RangeError ? "it is cut off" : messageOf(cause), cause);
  }
}

/** Memory is set aside by these numbers before a value is read, so they must agree with each other. */
function checkRowCounts(metadata: FileMetaData): void {
  const inGroups = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  const total = rowsOf(metadata);
  if (total === inGroups && total >= 0 && total <= ROW_COUNT_MAX) return;
  const message = `row count must be 0..${ROW_COUNT_MAX} and the sum of its groups, got ${total} and ${inGroups}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function rowsOf(metadata: FileMetaData): number {
  return Number(metadata.num_rows);
}

function wantedColumns(metadata: FileMetaData, names: readonly string[] | undefined): SchemaTree[] {
  const { children } = parquetSchema(metadata);
  if (names === undefined) return children.filter((tree) => !PANDAS_INDEX.test(tree.element.name));
  const existing = children.map((tree) => tree.element.name);
  return names.map((name) => {
    const tree = children.find((child) => child.element.name === name);
    if (tree === undefined) throw missingColumn(name, existing);
    return tree;
  });
}

function builderOf(shown: string, tree: SchemaTree, numRows: number): ColumnBuilder {
  const { name } = tree.element;
  const dtype = dtypeOfElement(tree);
  if (dtype !== undefined) return new ColumnBuilder(name, dtype, numRows);
  const message = `${shown}: column "${name}" is of type ${describeElement(tree)}, which cannot be read; leave it out by the option columns`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

type RowRange = {
  readonly shown: string;
  readonly source: ByteSource;
  readonly metadata: FileMetaData;
  readonly builders: ReadonlyMap<string, ColumnBuilder>;
  readonly rowStart: number;
  readonly rowEnd: number;
};

async function readRows({ shown, source, metadata, builders, rowStart, rowEnd }: RowRange): Promise<void> {
  // What onChunk throws would be lost inside the library, so chunks are only collected there.
  const chunks: {
    readonly columnName: string;
    readonly columnData: ArrayLike<unknown>;
    readonly rowStart: number;
  }[] = [];
  const columns = [...builders.keys()];
  try {
    const onChunk = (chunk: (typeof chunks)[number]): void => void chunks.push(chunk);
    await parquetRead({ file: source, metadata, columns, rowStart, rowEnd, compressors, onChunk });
    for (const chunk of chunks) builders.get(chunk.columnName)?.write(chunk.rowStart, chunk.columnData);
  } catch (cause) {
    if (isAppError(cause)) throw cause;
    const message = `${shown} is damaged in rows ${rowStart}..${rowEnd - 1}: ${messageOf(cause)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  }
  checkComplete(shown, chunks, (rowEnd - rowStart) * columns.length);
}

function checkComplete(
  shown: string,
  chunks: readonly { readonly columnData: ArrayLike<unknown> }[],
  expected: number,
): void {
  const actual = chunks.reduce((sum, chunk) => sum + chunk.columnData.length, 0);
  if (actual === expected) return;
  const message = `${shown} is damaged: a row group must hold ${expected} values, got ${actual}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function notParquet(shown: string, reason: string, cause?: unknown): AppError {
  const message = `${shown} is not a parquet file: ${reason}`;
  return new AppError("INVALID_PARAMETER_VALUE", message, { cause });
}
