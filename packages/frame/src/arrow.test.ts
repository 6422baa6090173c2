import { readFile } from "node:fs/promises";
import { columnFromArray, int32, list, tableFromColumns, tableToIPC } from "@uwdata/flechette";
import { expect, test } from "vitest";
import { frameFromArrow, frameToArrow } from "./arrow.ts";
import type { Column } from "./column.ts";
import { Frame } from "./frame.ts";

const nulls = Uint8Array.of(0, 1, 0);
const COLUMNS: readonly Column[] = [
  { name: "f32", dtype: "float32", values: Float32Array.of(1.5, Number.NaN, -2), nulls: undefined },
  { name: "f64", dtype: "float64", values: Float64Array.of(0.1, Number.NaN, 1e300), nulls },
  { name: "i32", dtype: "int32", values: Int32Array.of(1, 0, -(2 ** 31)), nulls },
  { name: "i64", dtype: "int64", values: Float64Array.of(2 ** 53 - 1, 0, -5), nulls },
  { name: "yes", dtype: "boolean", values: Uint8Array.of(1, 0, 0), nulls },
  { name: "day", dtype: "date", values: Int32Array.of(0, 0, 15_706), nulls },
  { name: "at", dtype: "datetime", values: Float64Array.of(0.125, Number.NaN, 1.4e12), nulls },
  { name: "text", dtype: "string", values: ["é", "", "a"], nulls },
  { name: "kind", dtype: "category", values: Int32Array.of(0, -1, 1), nulls, categories: ["UA", "AA"] },
];

test("every dtype survives a round trip, including missing values", () => {
  const frame = Frame.fromColumns(COLUMNS);
  const again = frameFromArrow(frameToArrow(frame));
  for (const column of COLUMNS) expect(again.column(column.name)).toEqual(column);
  expect(frameFromArrow(frameToArrow(frame.slice(0, 0))).numRows).toBe(0);
});

test("unsupported columns are refused by name", () => {
  const nested = tableToIPC(tableFromColumns([["n", columnFromArray([[1], [2]], list(int32()))]]), {});
  expect(() => frameFromArrow(nested ?? new Uint8Array())).toThrow('column "n" has an Arrow type');
});

test("truncated, corrupted or foreign data is refused or read safely", () => {
  const bytes = frameToArrow(Frame.fromColumns(COLUMNS));
  const damaged = [new TextEncoder().encode("PAR1 is not Arrow")];
  for (let cut = 1; cut < bytes.length; cut += 37) {
    damaged.push(bytes.slice(0, cut));
    const changed = bytes.slice();
    changed[cut] = (changed[cut] ?? 0) ^ 0xff;
    damaged.push(changed);
  }
  for (const each of damaged) {
    try {
      frameFromArrow(each);
    } catch (error) {
      expect(error).toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
    }
  }
});

test("reads a file written by pyarrow", async () => {
  const frame = frameFromArrow(await readFile(new URL("testing/fixtures/pyarrow.arrow", import.meta.url)));
  expect(frame.column("distance").values).toEqual(Float32Array.of(1846, 944.5));
  expect(frame.column("carrier")).toMatchObject({ dtype: "category", categories: ["UA", "AA"] });
  expect(frame.column("day")).toMatchObject({ dtype: "date", values: Int32Array.of(15_706, 0) });
  expect(frame.column("count")).toMatchObject({ dtype: "int64", nulls: Uint8Array.of(0, 1) });
  expect(frame.column("late").values).toEqual(Uint8Array.of(1, 0));
});
