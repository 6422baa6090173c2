import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cellAt } from "../column.ts";
import type { Frame } from "../frame.ts";
import { fixture, flightsPath } from "../testing/fixture.ts";
import { readParquet } from "./read-parquet.ts";

let folder = "";
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "frame-"))));
afterAll(() => rm(folder, { recursive: true }));

function cells(frame: Frame, name: string): unknown[] {
  return Array.from({ length: frame.numRows }, (_, row) => cellAt(frame.column(name), row));
}

test("reads every supported type with its missing values, over several row groups", async () => {
  const frame = await readParquet(fixture("kinds.parquet"));
  expect(frame.columnNames.map((name) => frame.column(name).dtype)).toEqual(
    "float32 float64 int32 int64 int64 boolean string".split(" "),
  );
  expect(cells(frame, "float32")).toEqual([1.5, null, -3.25]);
  expect(cells(frame, "float64")).toEqual([0.1, 0.2, null]);
  expect(cells(frame, "int32")).toEqual([1, null, -(2 ** 31)]);
  expect(cells(frame, "int64")).toEqual([2 ** 53 - 1, 0, null]);
  expect(cells(frame, "uint32")).toEqual([2 ** 32 - 1, 0, 7]);
  expect(cells(frame, "boolean")).toEqual([true, null, false]);
  expect(cells(frame, "string")).toEqual(["JFK", null, "Zürich"]);
});

test("reads the flights by path and by file: URL, with progress", async () => {
  const progress: number[] = [];
  const frame = await readParquet(flightsPath, {
    onProgress: ({ rowsDone }) => void progress.push(rowsDone),
  });
  expect(frame.numRows).toBe(327_346);
  expect(frame.columnNames).toHaveLength(14);
  expect(frame.column("Distance").dtype).toBe("float32");
  expect(progress).toHaveLength(7);
  expect(progress.at(-1)).toBe(327_346);
  const { href } = pathToFileURL(flightsPath);
  const byUrl = await readParquet(href, { columns: ["Distance", "ArrDelayBinary"] });
  expect(byUrl.columnNames).toEqual(["Distance", "ArrDelayBinary"]);
  expect(byUrl.column("Distance").values).toEqual(frame.column("Distance").values);
});

test("leaves pandas' nameless index out unless it is asked for", async () => {
  const path = fixture("pandas-index.parquet");
  expect((await readParquet(path)).columnNames).toEqual(["x"]);
  expect((await readParquet(path, { columns: ["__index_level_0__"] })).numRows).toBe(2);
});

test("a column that is not there is named with the ones that are", async () => {
  await expect(readParquet(flightsPath, { columns: ["Distanz"] })).rejects.toMatchObject({
    code: "INVALID_PARAMETER_VALUE",
    message: expect.stringMatching(
      /^column "Distanz" does not exist; did you mean "Distance"\? Columns: "ArrDelay/,
    ),
  });
});

test("a column type that a frame does not have is named and can be left out", async () => {
  const path = fixture("dates.parquet");
  await expect(readParquet(path)).rejects.toThrow('column "when" is of type TIMESTAMP, which cannot be read');
  expect((await readParquet(path, { columns: ["id"] })).numRows).toBe(2);
});

test("a 64-bit integer that a double cannot hold is refused", async () => {
  await expect(readParquet(fixture("unsafe.parquet"))).rejects.toThrow(/"big" must hold integers within/);
});

test("a missing file, a folder and an unknown scheme get one clear line each", async () => {
  const missing = join(folder, "none.parquet");
  await expect(readParquet(missing)).rejects.toMatchObject({
    code: "RESOURCE_DOES_NOT_EXIST",
    message: `${missing} does not exist`,
  });
  await expect(readParquet(folder)).rejects.toThrow(`${folder} is not a file`);
  await expect(readParquet("ftp://host/x")).rejects.toThrow("scheme must be file, http or https, got ftp");
});

test("files that are not parquet, empty, cut off or damaged are refused, never misread", async () => {
  const path = join(folder, "bad.parquet");
  const whole = await readFile(fixture("kinds.parquet"));
  for (const bytes of ["", "x", "a,b\n1,2\n", whole.subarray(0, 200), whole.subarray(-60)]) {
    await writeFile(path, bytes);
    await expect(readParquet(path)).rejects.toMatchObject({
      code: "INVALID_PARAMETER_VALUE",
      message: expect.stringContaining(`${path} is not a parquet file: `),
    });
  }
  const damaged = Uint8Array.from(whole);
  damaged.fill(0xff, 4, 60);
  await writeFile(path, damaged);
  await expect(readParquet(path)).rejects.toThrow(`${path} is damaged`);
});

test("an opener serves the schemes that are not built in and is closed", async () => {
  const bytes = await readFile(fixture("kinds.parquet"));
  let closed = 0;
  const open = async (
    url: string,
  ): Promise<{ byteLength: number; slice: typeof slice; close: typeof close }> => {
    expect(url).toBe("dbfs:/kinds.parquet");
    return { byteLength: bytes.length, slice, close };
  };
  const slice = async (start: number, end?: number): Promise<ArrayBuffer> =>
    Uint8Array.from(bytes.subarray(start, end)).buffer;
  const close = async (): Promise<void> => void closed++;
  expect((await readParquet("dbfs:/kinds.parquet", { open })).numRows).toBe(3);
  expect(closed).toBe(1);
});

test("the signal stops the reading", async () => {
  const controller = new AbortController();
  const reading = readParquet(flightsPath, {
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
});
