import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parquetMetadataAsync } from "hyparquet";
import { cellAt, MISSING_CATEGORY } from "../column.ts";
import type { Frame } from "../frame.ts";
import { fixture, flightsPath } from "../testing/fixture.ts";
import type { ByteSource } from "../sources/byte-source.ts";
import { decodeGroup, type GroupTask } from "./decode-group.ts";
import { DecoderPool } from "./group-decoder.ts";
import { fileOfPieces, planGroup, readPieces } from "./plan-group.ts";
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

test("omits pandas' unnamed index unless it is requested", async () => {
  const path = fixture("pandas-index.parquet");
  expect((await readParquet(path)).columnNames).toEqual(["x"]);
  expect((await readParquet(path, { columns: ["__index_level_0__"] })).numRows).toBe(2);
});

test("the error for a missing column lists the existing ones", async () => {
  await expect(readParquet(flightsPath, { columns: ["Distanz"] })).rejects.toMatchObject({
    code: "INVALID_PARAMETER_VALUE",
    message: expect.stringMatching(
      /^column "Distanz" does not exist; did you mean "Distance"\? Columns: "ArrDelay/,
    ),
  });
});

test("an unsupported column is refused by name and can be left out", async () => {
  const path = fixture("nested.parquet");
  await expect(readParquet(path)).rejects.toThrow('column "list" is of type nested, which cannot be read');
  expect((await readParquet(path, { columns: ["id"] })).numRows).toBe(2);
});

test("reads dates, timestamps of every unit and decimals to their last digit", async () => {
  const frame = await readParquet(fixture("dates.parquet"));
  expect(frame.columnNames.map((name) => frame.column(name).dtype)).toEqual(
    "int32 date datetime datetime datetime float64 float64 string".split(" "),
  );
  expect(cells(frame, "day")).toEqual(["1970-01-01", null, "2013-01-31"]);
  const millisecond = ["1970-01-01T00:00:00.000Z", null, "2013-01-31T00:00:00.123Z"];
  for (const name of ["ms", "us", "ns"]) expect(cells(frame, name)).toEqual(millisecond);
  expect(frame.column("us").values[2]).toBeCloseTo(1359590400123.456, 3);
  expect(frame.column("ns").values[2]).toBe(frame.column("us").values[2]);
  expect(frame.column("ms").values[1]).toBeNaN();
  expect(cells(frame, "cents")).toEqual([0.1, null, -1234567890.29]);
  expect(cells(frame, "wide")).toEqual([1.005, null, -3.3]);
  const old = await readParquet(fixture("int96.parquet"));
  expect(cells(old, "when")).toEqual(["2013-01-31T00:00:00.123Z"]);
});

test("text becomes categories by option, or by pandas' metadata", async () => {
  const asked = await readParquet(fixture("dates.parquet"), { categories: ["carrier"] });
  expect(asked.column("carrier")).toMatchObject({ dtype: "category", categories: ["UA", "AA"] });
  expect(cells(asked, "carrier")).toEqual(["UA", null, "AA"]);
  const noted = await readParquet(fixture("pandas-categories.parquet"));
  expect(noted.column("carrier").values).toEqual(Int32Array.of(0, 1, MISSING_CATEGORY, 0));
  expect(noted.column("text").dtype).toBe("string");
  const all = await readParquet(fixture("pandas-categories.parquet"), { categories: true });
  expect(all.column("text").dtype).toBe("category");
  await expect(readParquet(fixture("dates.parquet"), { categories: ["id"] })).rejects.toThrow(
    'column "id" must hold text to be read as categories, got int32',
  );
});

test("threads decode the same as this thread, including failures", async () => {
  const bytes = Uint8Array.from(await readFile(flightsPath));
  const open = async (): Promise<ByteSource> =>
    fileOfPieces(bytes.length, [{ start: 0, bytes: bytes.buffer }]);
  const source = await open();
  const metadata = await parquetMetadataAsync(source);
  const columns = ["ArrDelayBinary", "Distance"].map((name) => ({
    name,
    dtype: "float32" as const,
    scale: undefined,
  }));
  const context = { metadata, byteLength: bytes.length, columns };
  const pool = new DecoderPool(context, 2);
  const rowEnd = Number(metadata.row_groups[0]?.num_rows);
  const spans = planGroup(metadata.row_groups[0]!, new Set(["ArrDelayBinary", "Distance"]), bytes.length);
  const task = async (): Promise<GroupTask> => ({
    rowStart: 0,
    rowEnd,
    pieces: await readPieces(source, spans),
  });
  try {
    const here = await decodeGroup(context, await task());
    const there = await Promise.all([1, 2, 3].map(async () => pool.decode(await task())));
    for (const columnsThere of there) expect(columnsThere).toEqual(here);
    const broken = { rowStart: 0, rowEnd, pieces: [] };
    await expect(pool.decode(broken)).rejects.toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
  } finally {
    await pool.close();
  }
});

test("a 64-bit integer beyond the precision of a double is refused", async () => {
  await expect(readParquet(fixture("unsafe.parquet"))).rejects.toThrow(/"big" must hold integers within/);
});

test("a missing file, a folder and an unknown scheme each give a clear error", async () => {
  const missing = join(folder, "none.parquet");
  await expect(readParquet(missing)).rejects.toMatchObject({
    code: "RESOURCE_DOES_NOT_EXIST",
    message: `${missing} does not exist`,
  });
  await expect(readParquet(folder)).rejects.toThrow(`${folder} is not a file`);
  await expect(readParquet("ftp://host/x")).rejects.toThrow("scheme must be file, http or https, got ftp");
});

test("files that are empty, truncated, damaged or not parquet are refused, never misread", async () => {
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

test("a custom opener handles other schemes, and its source is closed", async () => {
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

test("the signal stops reading", async () => {
  const controller = new AbortController();
  const reading = readParquet(flightsPath, {
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
});
