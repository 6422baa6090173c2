import {
  bool,
  type Column as ArrowColumn,
  columnFromArray,
  type DataType,
  dateDay,
  dictionary,
  float32,
  float64,
  int32,
  int64,
  tableFromColumns,
  tableFromIPC,
  tableToIPC,
  timestamp,
  TimeUnit,
  Type,
  utf8,
} from "@uwdata/flechette";
import { AppError, invalid, messageOf } from "@flightdeck/core";
import { cellAt, type Column, DAY_MS, type Dtype } from "./column.ts";
import { ColumnBuilder } from "./column-builder.ts";
import { Frame } from "./frame.ts";

/** The Arrow type of each dtype; datetimes keep microseconds. */
const ARROW_TYPES: Readonly<Record<Dtype, () => DataType>> = {
  float32,
  float64,
  int32,
  int64,
  boolean: bool,
  date: dateDay,
  datetime: () => timestamp(TimeUnit.MICROSECOND),
  string: utf8,
  category: () => dictionary(utf8(), int32()),
};

/**
 * Reads a frame from Apache Arrow's IPC format, as a stream or a file, without compression. Supports numbers (those beyond
 * 32 bits as doubles), booleans, text, dictionaries of text as categories, dates, timestamps and decimals. Throws
 * INVALID_PARAMETER_VALUE for other column types and for damaged bytes.
 *
 * @example
 * ```ts
 * const frame = frameFromArrow(await readFile("flights.arrow"));
 * await writeFile("copy.arrow", frameToArrow(frame));
 * ```
 */
export function frameFromArrow(bytes: Uint8Array): Frame {
  try {
    const table = tableFromIPC(bytes, { useBigInt: false, useDate: false });
    // A row takes at least one bit. Memory is allocated by this number, so check it first.
    if (table.numRows > bytes.length * 8)
      throw invalid(`Arrow data of ${bytes.length} bytes claims ${table.numRows} rows`);
    return Frame.fromColumns(
      table.schema.fields.map(({ name, type }, i) => columnFrom(name, type, table.getChildAt(i))),
    );
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw invalid(`Arrow data cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function columnFrom(name: string, type: DataType, column: ArrowColumn<unknown>): Column {
  const dtype = dtypeOf(type);
  if (dtype === undefined) throw invalid(`column "${name}" has an Arrow type that a frame does not have`);
  const builder = new ColumnBuilder(name, dtype, column.length);
  const values = column.toArray();
  // Arrow returns days as milliseconds.
  const cells =
    dtype === "date" ? Array.from(values, (ms) => (ms === null ? null : Number(ms) / DAY_MS)) : values;
  builder.write(0, cells);
  return builder.build();
}

function dtypeOf(type: DataType): Dtype | undefined {
  switch (type.typeId) {
    case Type.Float:
      return type.precision === 2 ? "float64" : "float32";
    case Type.Int:
      return type.bitWidth === 64 || (type.bitWidth === 32 && !type.signed) ? "int64" : "int32";
    case Type.Bool:
      return "boolean";
    case Type.Utf8:
    case Type.LargeUtf8:
      return "string";
    case Type.Dictionary:
      return dtypeOf(type.dictionary) === "string" ? "category" : undefined;
    case Type.Date:
      return "date";
    case Type.Timestamp:
      return "datetime";
    case Type.Decimal:
      return "float64";
    default:
      return undefined;
  }
}

/** Encodes the frame as an Apache Arrow IPC stream, which pandas, Polars, DuckDB and Spark can read. */
export function frameToArrow(frame: Frame): Uint8Array {
  const columns = frame.columnNames.map((name): [string, ArrowColumn<unknown>] => {
    const column = frame.column(name);
    return [name, columnFromArray(cellsOf(column), ARROW_TYPES[column.dtype]())];
  });
  const bytes = tableToIPC(tableFromColumns(columns), { format: "stream" });
  if (bytes === null) throw invalid("a frame without columns has no Arrow data");
  return bytes;
}

/** The column's values for the writer. A typed array without missing values is passed directly. */
function cellsOf(column: Column): unknown[] | Float32Array | Float64Array | Int32Array {
  const { dtype, values, nulls } = column;
  const isMissing = (row: number): boolean => nulls?.[row] === 1;
  switch (dtype) {
    case "date":
      return Array.from(values, (days, row) => (isMissing(row) ? null : days * DAY_MS));
    case "datetime":
      return Array.from(values, (ms, row) => (isMissing(row) ? null : ms));
    case "boolean":
    case "category":
      return Array.from(values, (_, row) => cellAt(column, row));
    case "int64":
      return Array.from(values, (value, row) => (isMissing(row) ? null : BigInt(value)));
    case "string":
      return Array.from(values, (text, row) => (isMissing(row) ? null : text));
    default:
      return nulls === undefined
        ? values
        : Array.from(values, (value, row) => (isMissing(row) ? null : value));
  }
}
