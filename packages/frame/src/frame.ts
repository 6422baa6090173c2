import { AppError, Random } from "@flightdeck/core";
import { type Column, takeRows } from "./column.ts";
import { inferColumn } from "./infer-column.ts";
import { missingColumn } from "./missing-column.ts";

/** A table in MLflow's `dataframe_split` format: column names, and rows of JSON values in the same order. */
export type RowTable = {
  readonly columns: readonly string[];
  readonly data: readonly (readonly unknown[])[];
};

/** Options for splitting a frame. */
export type SplitOptions = {
  /** The fraction of rows in the test set, in (0, 1), rounded up to whole rows as in scikit-learn. */
  readonly testSize: number;
  /** The same seed and number of rows always give the same split. Default 0. */
  readonly seed?: number;
};

/**
 * An immutable table of typed columns of equal length. Columns are shared, not copied, between frames made by `select`
 * and `drop`.
 *
 * @example
 * ```ts
 * const frame = Frame.fromRows({ columns: ["Distance", "Carrier"], data: [[1846, "UA"], [944, "AA"]] });
 * frame.numRows; // 2
 * frame.column("Distance").values; // Float64Array [1846, 944]
 * const { train, test } = frame.split({ testSize: 0.5, seed: 42 });
 * ```
 */
export class Frame {
  /** The number of rows. */
  readonly numRows: number;
  /** The columns' names, in order. */
  readonly columnNames: readonly string[];
  private readonly byName: ReadonlyMap<string, Column>;

  private constructor(columns: readonly Column[]) {
    this.byName = new Map(columns.map((column) => [column.name, column]));
    this.columnNames = columns.map((column) => column.name);
    this.numRows = columns[0]?.values.length ?? 0;
  }

  /** Creates a frame from columns. Throws INVALID_PARAMETER_VALUE if lengths differ or a name occurs twice. */
  static fromColumns(columns: readonly Column[]): Frame {
    checkNames(columns.map((column) => column.name));
    checkLengths(columns);
    return new Frame(columns);
  }

  /**
   * Creates a frame from JSON rows. Dtypes are inferred: number → float64, boolean, string. Missing values are null.
   */
  static fromRows(table: RowTable): Frame {
    checkNames(table.columns);
    checkWidths(table);
    return new Frame(
      table.columns.map((name, i) =>
        inferColumn(
          name,
          table.data.map((row) => row[i]),
        ),
      ),
    );
  }

  /** The column of this name. If there is none, throws INVALID_PARAMETER_VALUE with the existing names. */
  column(name: string): Column {
    const column = this.byName.get(name);
    if (column === undefined) throw missingColumn(name, this.columnNames);
    return column;
  }

  /** Whether there is a column of this name. */
  hasColumn(name: string): boolean {
    return this.byName.has(name);
  }

  /** A new frame with these columns, in the given order. */
  select(names: readonly string[]): Frame {
    return Frame.fromColumns(names.map((name) => this.column(name)));
  }

  /** A new frame without these columns, which must exist. */
  drop(names: readonly string[]): Frame {
    const dropped = new Set(names.map((name) => this.column(name).name));
    return this.select(this.columnNames.filter((name) => !dropped.has(name)));
  }

  /** A new frame with the given rows (0-based), in the given order; rows may repeat. */
  take(rows: Uint32Array): Frame {
    const outside = rows.find((row) => row >= this.numRows);
    if (outside !== undefined) throw rowOutside(outside, this.numRows);
    return new Frame(this.columnNames.map((name) => takeRows(this.column(name), rows)));
  }

  /** A new frame with the rows from `start` up to but not including `end`. */
  slice(start: number, end: number = this.numRows): Frame {
    const count = Math.max(0, Math.min(end, this.numRows) - start);
    return this.take(Uint32Array.from({ length: count }, (_, i) => start + i));
  }

  /** Shuffles the rows and splits them into a test and a train set, each with at least one row. */
  split(options: SplitOptions): { readonly train: Frame; readonly test: Frame } {
    const testCount = testRows(options.testSize, this.numRows);
    const rows = shuffledRows(this.numRows, new Random(options.seed ?? 0));
    return { test: this.take(rows.subarray(0, testCount)), train: this.take(rows.subarray(testCount)) };
  }
}

function testRows(testSize: number, numRows: number): number {
  if (!(testSize > 0 && testSize < 1)) throw invalid(`testSize must lie between 0 and 1, got ${testSize}`);
  const count = Math.ceil(testSize * numRows);
  if (count < 1 || count >= numRows) {
    throw invalid(
      `a split needs at least one row on either side, got ${numRows} rows and testSize ${testSize}`,
    );
  }
  return count;
}

/** All row numbers, shuffled by the generator (Fisher and Yates). */
function shuffledRows(count: number, random: Random): Uint32Array {
  const rows = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.nextInt(i + 1);
    const swapped = rows[i] ?? 0;
    rows[i] = rows[j] ?? 0;
    rows[j] = swapped;
  }
  return rows;
}

function checkNames(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw invalid(`column names must differ, got "${name}" twice`);
    seen.add(name);
  }
}

function checkLengths(columns: readonly Column[]): void {
  const expected = columns[0]?.values.length ?? 0;
  for (const { name, values, nulls } of columns) {
    const actual = values.length;
    if (actual !== expected) throw invalid(`column "${name}" must have ${expected} values, got ${actual}`);
    if (nulls && nulls.length !== expected) {
      throw invalid(`column "${name}" must have ${expected} null marks, got ${nulls.length}`);
    }
  }
}

function checkWidths(table: RowTable): void {
  const expected = table.columns.length;
  const bad = table.data.findIndex((row) => row.length !== expected);
  if (bad === -1) return;
  throw invalid(`row ${bad} must have ${expected} values, got ${table.data[bad]?.length}`);
}

function rowOutside(row: number, numRows: number): AppError {
  return invalid(`row must be below ${numRows}, got ${row}`);
}

function invalid(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
