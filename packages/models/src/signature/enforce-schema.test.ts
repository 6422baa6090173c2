import { Frame } from "@flightdeck/frame";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { enforceSchema } from "./enforce-schema.ts";
import { rowFrame, rowMatrix } from "./row-input.ts";
import type { ColumnSpec, ColumnType } from "./signature.ts";

function spec(name: string, type: ColumnType, required = true): ColumnSpec {
  return { name, type, required };
}

const SPECS = [spec("a", "float"), spec("b", "long"), spec("c", "boolean")];

describe("enforceSchema", () => {
  test("orders columns, drops extra ones and converts types", () => {
    const frame = Frame.fromRows({ columns: ["x", "c", "b", "a"], data: [["text", true, 3, 0.5]] });
    const enforced = enforceSchema(frame, SPECS);
    expect(enforced.columnNames).toEqual(["a", "b", "c"]);
    expect(enforced.column("a")).toMatchObject({ dtype: "float32", values: Float32Array.of(0.5) });
    expect(enforced.column("b")).toMatchObject({ dtype: "int64", values: Float64Array.of(3) });
    expect(enforced.column("c")).toMatchObject({ dtype: "boolean", values: Uint8Array.of(1) });
  });

  test("shares columns that have the right type", () => {
    const frame = Frame.fromRows({ columns: ["a"], data: [[1]] });
    const enforced = enforceSchema(frame, [spec("a", "double")]);
    expect(enforced.column("a").values).toBe(frame.column("a").values);
  });

  test("names the missing columns and the extra ones, in MLflow's words", () => {
    const frame = Frame.fromRows({ columns: ["a", "x", "y"], data: [[1, 2, 3]] });
    expect(() => enforceSchema(frame, SPECS)).toThrow(
      "Model is missing inputs ['b', 'c']. Note that there were extra inputs: ['x', 'y'].",
    );
  });

  test("an optional column may be absent: its values are missing", () => {
    const frame = Frame.fromRows({ columns: ["a"], data: [[1], [2]] });
    const enforced = enforceSchema(frame, [spec("a", "float"), spec("z", "double", false)]);
    expect(enforced.column("z").values).toEqual(Float64Array.of(Number.NaN, Number.NaN));
  });

  test.each<[unknown, ColumnType, string]>([
    [3.5, "integer", "Can not safely convert 3.5 in row 1 to integer."],
    [2 ** 31, "integer", "Can not safely convert 2147483648 in row 1 to integer."],
    [2 ** 53, "long", "Can not safely convert 9007199254740992 in row 1 to long."],
    [1, "boolean", "Can not safely convert 1 in row 1 to boolean."],
  ])("refuses %j for %s", (cell, type, message) => {
    const good = type === "boolean" ? 0 : 1;
    const frame = Frame.fromRows({ columns: ["a"], data: [[good], [cell]] });
    const expected = type === "boolean" ? message.replace("1 in row 1", "0 in row 0") : message;
    expect(() => enforceSchema(frame, [spec("a", type)])).toThrow(
      `Incompatible input types for column a. ${expected}`,
    );
  });

  test("a missing value fits no integer column, and the message says what to do", () => {
    const frame = Frame.fromRows({ columns: ["a"], data: [[null], [1]] });
    expect(() => enforceSchema(frame, [spec("a", "integer")])).toThrow(
      "Can not safely convert a missing value in row 0 to integer. Hint: declare columns that may have missing values as double",
    );
  });

  test("text is not a number", () => {
    const frame = Frame.fromRows({ columns: ["a"], data: [["1"]] });
    expect(() => enforceSchema(frame, [spec("a", "double")])).toThrow('Can not safely convert "1" in row 0');
  });

  test("types that frames do not support are reported", () => {
    const frame = Frame.fromRows({ columns: ["a"], data: [["x"]] });
    expect(() => enforceSchema(frame, [spec("a", "datetime")])).toThrow("columns of type datetime");
  });
});

describe("rowMatrix", () => {
  test("gives the same values as a frame of the rows", () => {
    const row = fc.tuple(fc.float(), fc.maxSafeInteger(), fc.boolean());
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1 }),
        fc.shuffledSubarray(["a", "b", "c"], { minLength: 3 }),
        (rows, columns) => {
          const data = rows.map((cells) => columns.map((name) => cells["abc".indexOf(name)]));
          const frame = rowFrame({ columns, data }, SPECS);
          const byFrame = rows.flatMap((_, i) =>
            ["a", "b", "c"].map((name) => Math.fround(Number(frame.column(name).values[i]))),
          );
          expect([...rowMatrix({ columns, data }, SPECS)]).toEqual(byFrame);
        },
      ),
    );
  });

  test("reads rows without names by position", () => {
    expect(rowMatrix({ data: [[1, 2, true]] }, SPECS)).toEqual(Float32Array.of(1, 2, 1));
  });

  test("an absent optional column and a missing value are NaN", () => {
    const specs = [spec("a", "float"), spec("z", "float", false)];
    expect(rowMatrix({ columns: ["a"], data: [[null]] }, specs)).toEqual(
      Float32Array.of(Number.NaN, Number.NaN),
    );
  });

  test("short rows end with missing values, as long as one row is complete", () => {
    const columns = ["a", "b", "c"];
    expect(
      rowMatrix(
        {
          columns,
          data: [
            [1, 2, true],
            [1, 2, null],
          ],
        },
        [...SPECS.slice(0, 2), spec("c", "float")],
      ),
    ).toEqual(Float32Array.of(1, 2, 1, 1, 2, Number.NaN));
    for (const data of [[[1, 2]], [[1, 2, true, 4]]]) {
      expect(() => rowMatrix({ columns, data }, SPECS)).toThrow("3 columns passed, passed data had");
      expect(() => rowFrame({ columns, data }, SPECS)).toThrow("3 columns passed, passed data had");
    }
  });
});
