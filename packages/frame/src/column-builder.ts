import { AppError } from "@flightdeck/core";
import type { Column, Dtype } from "./column.ts";

type Values = Float32Array | Float64Array | Int32Array | Uint8Array | string[];

/** Fills one column of known dtype and length, chunk by chunk and in any order. */
export class ColumnBuilder {
  private readonly name: string;
  private readonly dtype: Dtype;
  private readonly values: Values;
  private nulls: Uint8Array | undefined;

  constructor(name: string, dtype: Dtype, numRows: number) {
    this.name = name;
    this.dtype = dtype;
    this.values = allocate(dtype, numRows);
  }

  /** Writes `chunk` from row `start` on; null and undefined are missing values. */
  write(start: number, chunk: ArrayLike<unknown>): void {
    if (this.copyTyped(start, chunk)) return;
    for (let i = 0; i < chunk.length; i++) this.writeCell(start + i, chunk[i]);
  }

  /** The finished column. The builder must not be used afterwards. */
  build(): Column {
    const { name, dtype, values, nulls } = this;
    // The constructor paired dtype and values, which the compiler cannot see.
    return { name, dtype, values, nulls } as Column;
  }

  /** Typed chunks hold no nulls, so one of the same kind is copied as it is. */
  private copyTyped(start: number, chunk: ArrayLike<unknown>): boolean {
    const { values, dtype } = this;
    if (dtype === "float32" && values instanceof Float32Array && chunk instanceof Float32Array) {
      values.set(chunk, start);
    } else if (dtype === "float64" && values instanceof Float64Array && chunk instanceof Float64Array) {
      values.set(chunk, start);
    } else if (dtype === "int32" && values instanceof Int32Array && chunk instanceof Int32Array) {
      values.set(chunk, start);
    } else {
      return false;
    }
    return true;
  }

  private writeCell(row: number, cell: unknown): void {
    if (cell === null || cell === undefined) return this.writeNull(row);
    if (Array.isArray(this.values)) this.values[row] = this.toText(cell);
    else this.values[row] = this.toNumber(cell);
  }

  private writeNull(row: number): void {
    this.nulls ??= new Uint8Array(this.values.length);
    this.nulls[row] = 1;
    const isFloat = this.dtype === "float32" || this.dtype === "float64";
    if (isFloat && !Array.isArray(this.values)) this.values[row] = NaN;
  }

  private toText(cell: unknown): string {
    if (typeof cell !== "string") throw this.mistyped(cell);
    return cell;
  }

  private toNumber(cell: unknown): number {
    const expected = this.dtype === "boolean" ? "boolean" : "number";
    const number = typeof cell === "bigint" ? Number(cell) : cell;
    if (typeof number !== expected) throw this.mistyped(cell);
    if (this.dtype === "int64" && !Number.isSafeInteger(number)) throw this.unsafe(cell);
    return Number(number);
  }

  private mistyped(cell: unknown): AppError {
    const message = `column "${this.name}" must hold ${this.dtype} values, got one of type ${typeof cell}`;
    return new AppError("INVALID_PARAMETER_VALUE", message);
  }

  private unsafe(cell: unknown): AppError {
    const message = `column "${this.name}" must hold integers within ±(2^53 − 1), got ${String(cell)}`;
    return new AppError("INVALID_PARAMETER_VALUE", message);
  }
}

function allocate(dtype: Dtype, size: number): Values {
  switch (dtype) {
    case "float32":
      return new Float32Array(size);
    case "float64":
    case "int64":
      return new Float64Array(size);
    case "int32":
      return new Int32Array(size);
    case "boolean":
      return new Uint8Array(size);
    case "string":
      return Array.from({ length: size }, () => "");
  }
}
