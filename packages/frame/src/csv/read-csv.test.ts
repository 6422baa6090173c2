import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cellAt } from "../column.ts";
import type { Frame } from "../frame.ts";
import { readCsv, type ReadCsvOptions } from "./read-csv.ts";

let folder = "";
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "frame-"))));
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string | Uint8Array, options: ReadCsvOptions = {}): Promise<Frame> {
  const path = join(folder, "table.csv");
  await writeFile(path, text);
  return readCsv(path, options);
}

function cells(frame: Frame, name: string): unknown[] {
  return Array.from({ length: frame.numRows }, (_, row) => cellAt(frame.column(name), row));
}

test("infers dtypes and missing values", async () => {
  const text = 'i,f,b,s,n,q\r\n1,.5,true,x,,"1"\r\n-2,1e3,FALSE,"NA",NA,\r\n007,3,,"a ""b"", c",,"3"\r\n';
  const frame = await read(text);
  expect(frame.columnNames.map((name) => frame.column(name).dtype)).toEqual(
    "int64 float64 boolean string float64 int64".split(" "),
  );
  expect(cells(frame, "i")).toEqual([1, -2, 7]);
  expect(cells(frame, "f")).toEqual([0.5, 1000, 3]);
  expect(cells(frame, "b")).toEqual([true, false, null]);
  expect(cells(frame, "s")).toEqual(["x", "NA", 'a "b", c']);
  expect(cells(frame, "n")).toEqual([null, null, null]);
  expect(cells(frame, "q")).toEqual([1, null, 3]);
});

test("integers beyond the precision of a double become float64, not wrong integers", async () => {
  expect((await read("a\n9007199254740993\n")).column("a").dtype).toBe("float64");
});

test("accepts a byte order mark, another delimiter and a selection of columns", async () => {
  const frame = await read("\uFEFFa;b\n1;2", { delimiter: ";", columns: ["b", "a"] });
  expect(frame.columnNames).toEqual(["b", "a"]);
  expect(cells(frame, "b")).toEqual([2]);
});

test("malformed input is refused with its position", async () => {
  await expect(read("a,b\n1,2\n3\n")).rejects.toThrow("record 2 must have 2 fields as the header, got 1");
  await expect(read('a\n"open\n')).rejects.toThrow(
    "malformed CSV in line 2: a quoted field must end with a quote",
  );
  await expect(read('a\n"x"y\n')).rejects.toThrow(
    "malformed CSV in line 2: a closing quote must be followed by",
  );
  await expect(read("a,a\n1,2\n")).rejects.toThrow('column names must differ, got "a" twice');
  await expect(read("")).rejects.toThrow("must begin with a record of column names");
  await expect(read(Uint8Array.of(0x61, 0xff))).rejects.toThrow("is not UTF-8 text");
  await expect(read("a\n1", { columns: ["b"] })).rejects.toThrow('column "b" does not exist');
  await expect(read("a\n1", { delimiter: "\n" })).rejects.toThrow("delimiter must be one character");
  await expect(readCsv(join(folder, "none.csv"))).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
});
