import { availableParallelism } from "node:os";
import { type FileMetaData, parquetMetadataAsync, parquetSchema, type SchemaTree } from "hyparquet";
import { AppError, isAppError, messageOf, throwIfAborted } from "@flightdeck/core";
import { ColumnBuilder } from "../column-builder.ts";
import { Frame } from "../frame.ts";
import { missingColumn } from "../missing-column.ts";
import { type ByteSource, type OpenOptions, withoutSecrets } from "../sources/byte-source.ts";
import { openSource } from "../sources/open-source.ts";
import type { DecodeContext, WantedColumn } from "./decode-group.ts";
import { decimalScale, describeElement, dtypeOfElement, pandasCategories } from "./dtype-of-element.ts";
import { type GroupDecoder, openGroupDecoder } from "./group-decoder.ts";
import { planGroup, readPieces } from "./plan-group.ts";

/** How much of a file has been read. */
export type ReadProgress = { readonly rowsDone: number; readonly rowsTotal: number };

/** Options for reading a parquet file. */
export type ReadParquetOptions = OpenOptions & {
  /** The columns to read, in this order. Default: all. Other columns are not fetched. */
  readonly columns?: readonly string[] | undefined;
  /**
   * The text columns to read as categories, or true for all. Columns that were categories in pandas always are. A
   * category column takes 4 bytes per row, a text column 16 or more.
   */
  readonly categories?: readonly string[] | true | undefined;
  /** The number of threads that decode row groups of large files, 1..256. Default: one per core. */
  readonly nThreads?: number | undefined;
  /** Called after each row group, in file order. */
  readonly onProgress?: ((progress: ReadProgress) => void) | undefined;
};

/** Row numbers are 32-bit integers; half of their range leaves room for arithmetic. */
const ROW_COUNT_MAX = 2 ** 30;

/** The same limit as in the forest package. */
const THREAD_COUNT_MAX = 256;

/**
 * Row groups fetched ahead of decoding: enough that threads do not wait for a fast disk or a single response, and few
 * enough to bound memory.
 */
const GROUPS_AHEAD = 2;

/**
 * The column in which pandas stores an unnamed index, which is not data (pandas' developer notes on parquet metadata).
 */
const PANDAS_INDEX = /^__index_level_\d+__$/;

/**
 * Reads a parquet file from a path, a file: URL, an http(s): URL (by range requests), or any URL that `options.open`
 * supports. Compression may be snappy, gzip, brotli, lz4 or zstd. Only the required bytes are fetched; row groups are
 * fetched and decoded in parallel.
 *
 * Throws RESOURCE_DOES_NOT_EXIST for a missing file; INVALID_PARAMETER_VALUE for a file that is not parquet, a missing
 * column, or an unsupported column type (nested, binary, times of day); CANCELLED when the signal fires.
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
  const nThreads = options.nThreads ?? Math.min(availableParallelism(), THREAD_COUNT_MAX);
  if (!Number.isInteger(nThreads) || nThreads < 1 || nThreads > THREAD_COUNT_MAX) {
    throw invalid(`nThreads must be an integer 1..${THREAD_COUNT_MAX}, got ${nThreads}`);
  }
  const source = await openSource(pathOrUrl, options);
  try {
    const shown = withoutSecrets(pathOrUrl);
    const metadata = await readMetadata(shown, source);
    const columns = wantedColumns(shown, metadata, options);
    const context = { metadata, byteLength: source.byteLength, columns };
    const decoder = openGroupDecoder(context, nThreads);
    try {
      return await new GroupReader({ shown, source, context, decoder, options }).read();
    } finally {
      await decoder.close();
    }
  } finally {
    await source.close?.();
  }
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

/** Memory is allocated by these numbers before any value is read, so they must be consistent. */
function checkRowCounts(metadata: FileMetaData): void {
  const counts = metadata.row_groups.map((group) => Number(group.num_rows));
  const inGroups = counts.reduce((sum, count) => sum + count, 0);
  const total = rowsOf(metadata);
  const isSound = total === inGroups && total <= ROW_COUNT_MAX && counts.every((count) => count >= 0);
  if (isSound) return;
  throw invalid(
    `row count must be 0..${ROW_COUNT_MAX} and the sum of its groups, got ${total} and ${inGroups}`,
  );
}

function rowsOf(metadata: FileMetaData): number {
  return Number(metadata.num_rows);
}

function wantedColumns(
  shown: string,
  metadata: FileMetaData,
  { columns, categories }: ReadParquetOptions,
): WantedColumn[] {
  const fromPandas = pandasCategories(metadata);
  const isCategory = (name: string): boolean =>
    fromPandas.has(name) || categories === true || categories?.includes(name) === true;
  const wanted = wantedTrees(metadata, columns).map((tree) => {
    const { name } = tree.element;
    const dtype = dtypeOfElement(tree);
    if (dtype === undefined) throw unreadable(shown, tree);
    return {
      name,
      dtype: dtype === "string" && isCategory(name) ? ("category" as const) : dtype,
      scale: decimalScale(tree),
    };
  });
  checkCategories(wanted, categories);
  return wanted;
}

function wantedTrees(metadata: FileMetaData, names: readonly string[] | undefined): SchemaTree[] {
  const { children } = parquetSchema(metadata);
  if (names === undefined) return children.filter((tree) => !PANDAS_INDEX.test(tree.element.name));
  const existing = children.map((tree) => tree.element.name);
  return names.map((name) => {
    const tree = children.find((child) => child.element.name === name);
    if (tree === undefined) throw missingColumn(name, existing);
    return tree;
  });
}

function checkCategories(
  wanted: readonly WantedColumn[],
  categories: ReadParquetOptions["categories"],
): void {
  if (categories === undefined || categories === true) return;
  for (const name of categories) {
    const column = wanted.find((candidate) => candidate.name === name);
    if (column === undefined)
      throw missingColumn(
        name,
        wanted.map((candidate) => candidate.name),
      );
    if (column.dtype !== "category") {
      throw invalid(`column "${name}" must hold text to be read as categories, got ${column.dtype}`);
    }
  }
}

type GroupReaderInput = {
  readonly shown: string;
  readonly source: ByteSource;
  readonly context: DecodeContext;
  readonly decoder: GroupDecoder;
  readonly options: ReadParquetOptions;
};

type RowSpan = {
  readonly group: FileMetaData["row_groups"][number];
  readonly start: number;
  readonly end: number;
};

/** Reads the row groups into the frame: fetches and decodes them in parallel, and writes them in file order. */
class GroupReader {
  readonly #input: GroupReaderInput;
  readonly #names: ReadonlySet<string>;
  readonly #builders: readonly ColumnBuilder[];
  readonly #rowsTotal: number;

  constructor(input: GroupReaderInput) {
    this.#input = input;
    const { columns, metadata } = input.context;
    this.#rowsTotal = rowsOf(metadata);
    this.#names = new Set(columns.map(({ name }) => name));
    this.#builders = columns.map(({ name, dtype }) => new ColumnBuilder(name, dtype, this.#rowsTotal));
  }

  async read(): Promise<Frame> {
    const spans = rowSpans(this.#input.context.metadata);
    const lanes = this.#input.decoder.parallelism + GROUPS_AHEAD;
    let next = 0;
    let written = Promise.resolve();
    const runLane = async (): Promise<void> => {
      for (let span = spans[next++]; span !== undefined; span = spans[next++]) {
        const decoded = this.#fetchAndDecode(span);
        const { start, end } = span;
        written = Promise.all([decoded, written]).then(([columns]) => this.#write({ start, end, columns }));
        await written;
      }
    };
    await Promise.all(Array.from({ length: lanes }, runLane));
    return Frame.fromColumns(this.#builders.map((builder) => builder.build()));
  }

  async #fetchAndDecode({ group, start, end }: RowSpan): ReturnType<GroupDecoder["decode"]> {
    const { shown, source, decoder, options } = this.#input;
    throwIfAborted(options.signal);
    try {
      const pieces = await readPieces(source, planGroup(group, this.#names, source.byteLength));
      throwIfAborted(options.signal);
      return await decoder.decode({ rowStart: start, rowEnd: end, pieces });
    } catch (cause) {
      if (isAppError(cause) && cause.code !== "INVALID_PARAMETER_VALUE") throw cause;
      throw invalid(`${shown} is damaged in rows ${start}..${end - 1}: ${messageOf(cause)}`, cause);
    }
  }

  #write(part: { start: number; end: number; columns: Awaited<ReturnType<GroupDecoder["decode"]>> }): void {
    part.columns.forEach((column, i) => this.#builders[i]?.writeColumn(part.start, column));
    this.#input.options.onProgress?.({ rowsDone: part.end, rowsTotal: this.#rowsTotal });
    throwIfAborted(this.#input.options.signal);
  }
}

function rowSpans(metadata: FileMetaData): RowSpan[] {
  let start = 0;
  return metadata.row_groups.flatMap((group) => {
    const span = { group, start, end: start + Number(group.num_rows) };
    start = span.end;
    return span.end > span.start ? [span] : [];
  });
}

function unreadable(shown: string, tree: SchemaTree): AppError {
  return invalid(
    `${shown}: column "${tree.element.name}" is of type ${describeElement(tree)}, which cannot be read; leave it out by the option columns`,
  );
}

function notParquet(shown: string, reason: string, cause?: unknown): AppError {
  return invalid(`${shown} is not a parquet file: ${reason}`, cause);
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message, { cause });
}
