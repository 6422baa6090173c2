import { type FileMetaData, parquetRead } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { AppError, type ErrorCode } from "@flightdeck/core";
import type { Column, Dtype } from "../column.ts";
import { ColumnBuilder } from "../column-builder.ts";
import { NUMBER_PARSERS } from "./dtype-of-element.ts";
import { type FilePiece, fileOfPieces } from "./plan-group.ts";

/** A column of the file, and how to store it in the frame. */
export type WantedColumn = {
  readonly name: string;
  readonly dtype: Dtype;
  /** The number of decimal places of a decimal column. */
  readonly scale: number | undefined;
};

/** The data shared by all row groups of a file. Can be sent to a worker thread. */
export type DecodeContext = {
  readonly metadata: FileMetaData;
  readonly byteLength: number;
  readonly columns: readonly WantedColumn[];
};

/** A decoding thread's answer to a `GroupTask`. */
export type DecodeAnswer =
  | { readonly columns: Column[] }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string } };

/** The rows of one row group, and the parts of the file that contain them. */
export type GroupTask = {
  readonly rowStart: number;
  readonly rowEnd: number;
  readonly pieces: readonly FilePiece[];
};

type Chunk = {
  readonly columnName: string;
  readonly columnData: ArrayLike<unknown>;
  readonly rowStart: number;
};

/** Decodes one row group into columns, in the order of `context.columns`. Throws if its bytes are invalid. */
export async function decodeGroup(context: DecodeContext, task: GroupTask): Promise<Column[]> {
  const { rowStart, rowEnd } = task;
  const chunks = await readChunks(context, task);
  const builders = new Map(
    context.columns.map((column) => [column.name, new GroupColumn(column, rowEnd - rowStart)]),
  );
  for (const chunk of chunks)
    builders.get(chunk.columnName)?.write(chunk.rowStart - rowStart, chunk.columnData);
  return Array.from(builders.values(), (builder) => builder.build());
}

async function readChunks(
  { metadata, byteLength, columns }: DecodeContext,
  task: GroupTask,
): Promise<Chunk[]> {
  const { rowStart, rowEnd, pieces } = task;
  // The library swallows errors thrown in onChunk, so it only collects chunks.
  const chunks: Chunk[] = [];
  await parquetRead({
    file: fileOfPieces(byteLength, pieces),
    metadata,
    columns: columns.map(({ name }) => name),
    rowStart,
    rowEnd,
    compressors,
    parsers: NUMBER_PARSERS,
    onChunk: (chunk) => void chunks.push(chunk),
  });
  return chunks;
}

class GroupColumn {
  readonly #builder: ColumnBuilder;
  readonly #column: WantedColumn;
  readonly #numRows: number;
  #written = 0;

  constructor(column: WantedColumn, numRows: number) {
    this.#builder = new ColumnBuilder(column.name, column.dtype, numRows);
    this.#column = column;
    this.#numRows = numRows;
  }

  write(start: number, data: ArrayLike<unknown>): void {
    this.#written += data.length;
    if (start < 0 || start + data.length > this.#numRows) return; // `build` reports it.
    const { scale } = this.#column;
    this.#builder.write(start, scale === undefined ? data : decimals(data, scale));
  }

  build(): Column {
    if (this.#written === this.#numRows) return this.#builder.build();
    const { name } = this.#column;
    const message = `column "${name}" of a row group must hold ${this.#numRows} values, got ${this.#written}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
}

/**
 * The library multiplies by 10^-scale, which no double represents exactly, so the last digit is off. Dividing integers
 * is exact. From 2^53 on, doubles have no further digits to correct.
 */
function decimals(data: ArrayLike<unknown>, scale: number): unknown[] {
  const factor = 10 ** scale;
  return Array.from(data, (value) => {
    const whole = typeof value === "number" ? Math.round(value * factor) : Number.NaN;
    return Number.isSafeInteger(whole) ? whole / factor : value;
  });
}
