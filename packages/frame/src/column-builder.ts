import { AppError } from "@flightdeck/core";
import { type Column, type Dtype, MISSING_CATEGORY } from "./column.ts";

type Values = Float32Array | Float64Array | Int32Array | Uint8Array | string[];

/** Fills a column of known dtype and length, chunk by chunk, in any order. */
export class ColumnBuilder {
  readonly #name: string;
  readonly #dtype: Dtype;
  readonly #values: Values;
  /** Maps each text of a category column to its code. */
  readonly #codes = new Map<string, number>();
  #nulls: Uint8Array | undefined;

  constructor(name: string, dtype: Dtype, numRows: number) {
    this.#name = name;
    this.#dtype = dtype;
    this.#values = allocate(dtype, numRows);
  }

  /** Writes `chunk`, starting at row `start`. null and undefined are missing values; categories are given as text. */
  write(start: number, chunk: ArrayLike<unknown>): void {
    if (this.#copyTyped(start, chunk)) return;
    for (let i = 0; i < chunk.length; i++) this.#writeCell(start + i, chunk[i]);
  }

  /** Writes a part that was built by another builder of the same dtype. */
  writeColumn(start: number, part: Column): void {
    if (part.dtype === "category") this.#writeCategories(start, part.values, part.categories);
    else this.write(start, part.values);
    const { nulls } = part;
    if (nulls === undefined) return;
    for (let i = 0; i < nulls.length; i++) if (nulls[i] === 1) this.#writeNull(start + i);
  }

  /** Returns the finished column. The builder must not be used afterwards. */
  build(): Column {
    const column = { name: this.#name, dtype: this.#dtype, values: this.#values, nulls: this.#nulls };
    // The constructor chose the values by dtype, which the compiler does not know.
    if (this.#dtype !== "category") return column as Column;
    return { ...column, categories: [...this.#codes.keys()] } as Column; // Same reason.
  }

  /** Typed chunks contain no nulls, so one of the same type is copied directly. */
  #copyTyped(start: number, chunk: ArrayLike<unknown>): boolean {
    const values = this.#values;
    if (this.#dtype === "category") return false;
    if (values instanceof Float32Array && chunk instanceof Float32Array) values.set(chunk, start);
    else if (values instanceof Float64Array && chunk instanceof Float64Array) values.set(chunk, start);
    else if (values instanceof Int32Array && chunk instanceof Int32Array) values.set(chunk, start);
    else if (values instanceof Uint8Array && chunk instanceof Uint8Array) values.set(chunk, start);
    else return false;
    return true;
  }

  #writeCell(row: number, cell: unknown): void {
    if (cell === null || cell === undefined) return this.#writeNull(row);
    if (this.#dtype === "category") this.#values[row] = this.#codeOf(this.#toText(cell));
    else if (Array.isArray(this.#values)) this.#values[row] = this.#toText(cell);
    else this.#values[row] = this.#toNumber(cell);
  }

  #writeNull(row: number): void {
    this.#nulls ??= new Uint8Array(this.#values.length);
    this.#nulls[row] = 1;
    if (Array.isArray(this.#values)) this.#values[row] = "";
    else this.#values[row] = MISSING_VALUE[this.#dtype] ?? 0;
  }

  #writeCategories(start: number, codes: Int32Array, categories: readonly string[]): void {
    const own = Int32Array.from(categories, (text) => this.#codeOf(text));
    for (let i = 0; i < codes.length; i++) this.#values[start + i] = own[codes[i] ?? 0] ?? MISSING_CATEGORY;
  }

  #codeOf(text: string): number {
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    this.#codes.set(text, this.#codes.size);
    return this.#codes.size - 1;
  }

  #toText(cell: unknown): string {
    if (typeof cell !== "string") throw this.#mistyped(cell);
    return cell;
  }

  #toNumber(cell: unknown): number {
    const expected = this.#dtype === "boolean" ? "boolean" : "number";
    const number = typeof cell === "bigint" ? Number(cell) : cell;
    if (typeof number !== expected) throw this.#mistyped(cell);
    if (this.#dtype === "int64" && !Number.isSafeInteger(number)) throw this.#unsafe(cell);
    return Number(number);
  }

  #mistyped(cell: unknown): AppError {
    const message = `column "${this.#name}" must hold ${this.#dtype} values, got one of type ${typeof cell}`;
    return new AppError("INVALID_PARAMETER_VALUE", message);
  }

  #unsafe(cell: unknown): AppError {
    const message = `column "${this.#name}" must hold integers within ±(2^53 − 1), got ${String(cell)}`;
    return new AppError("INVALID_PARAMETER_VALUE", message);
  }
}

/** The placeholder for a missing value in dtypes where it is not 0. */
const MISSING_VALUE: Readonly<Partial<Record<Dtype, number>>> = {
  float32: Number.NaN,
  float64: Number.NaN,
  datetime: Number.NaN,
  category: MISSING_CATEGORY,
};

function allocate(dtype: Dtype, size: number): Values {
  switch (dtype) {
    case "float32":
      return new Float32Array(size);
    case "float64":
    case "int64":
    case "datetime":
      return new Float64Array(size);
    case "int32":
    case "date":
    case "category":
      return new Int32Array(size);
    case "boolean":
      return new Uint8Array(size);
    case "string":
      return Array.from({ length: size }, () => "");
  }
}
