import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readParquet } from "../parquet/read-parquet.ts";
import { type FileServer, type FileServerOptions, startFileServer } from "../testing/file-server.ts";
import { flightsPath } from "../testing/fixture.ts";

const flights = await readFile(flightsPath);
const MIB = 2 ** 20;
let dir = "";
let server: FileServer;
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), "blocks-"))));
afterEach(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

async function serve(options: Partial<FileServerOptions> = {}): Promise<FileServer> {
  server = await startFileServer({ bytes: flights, withRanges: true, etag: () => '"v1"', ...options });
  return server;
}

const blocks = async (): Promise<string[]> => (await readdir(dir)).map((name) => join(dir, name));

test("for a file cached by another program, the server gets only one request", async () => {
  const { url, ranges } = await serve();
  const first = await readParquet(url, { cache: { dir } });
  expect(ranges).toHaveLength(3);
  const again = await readParquet(`${url}?signature=another`, { cache: { dir } });
  expect(ranges.slice(3)).toEqual(["bytes=0-1048575"]); // Checks that the version is the same and the reader still has access.
  for (const name of first.columnNames) expect(again.column(name)).toEqual(first.column(name));
  for (const path of await blocks()) expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("a damaged or truncated block is fetched again", async () => {
  const { url, ranges } = await serve();
  const first = await readParquet(url, { cache: { dir } });
  const [one = "", two = ""] = await blocks();
  const bytes = await readFile(one);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  await writeFile(one, bytes);
  await writeFile(two, (await readFile(two)).subarray(0, 20));
  const again = await readParquet(url, { cache: { dir } });
  expect(ranges.length).toBeGreaterThan(4);
  for (const name of first.columnNames) expect(again.column(name)).toEqual(first.column(name));
});

test("another version of the file shares no blocks, and a file without a version is not cached", async () => {
  let version = 1;
  const changing = await serve({ etag: () => `"v${version}"` });
  await readParquet(changing.url, { cache: { dir } });
  const before = (await blocks()).length;
  version = 2;
  await readParquet(changing.url, { cache: { dir } });
  expect(changing.ranges).toHaveLength(6);
  expect(await blocks()).toHaveLength(2 * before);
  await changing.close();
  for (const options of [{ etag: () => 'W/"weak"' }, { etag: () => "" }]) {
    const unnamed = await serve(options);
    await readParquet(unnamed.url, { cache: { dir } });
    expect(await blocks()).toHaveLength(2 * before);
    await unnamed.close();
  }
  await serve();
});

test("the folder stays within its size limit", async () => {
  const { url } = await serve();
  const bytesMax = 1.6 * MIB;
  await readParquet(url, { cache: { dir, bytesMax } });
  const sizes = await Promise.all((await blocks()).map(async (path) => (await stat(path)).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(bytesMax);
  expect(sizes.length).toBeGreaterThan(0);
  await expect(readParquet(url, { cache: { dir, bytesMax: 0 } })).rejects.toThrow(
    "bytesMax of a cache must be",
  );
});

test("a folder that is not writable is reported", async () => {
  const { url } = await serve();
  const file = join(dir, "file");
  await writeFile(file, "");
  await expect(readParquet(url, { cache: { dir: join(file, "inside") } })).rejects.toMatchObject({
    code: "IO_ERROR",
  });
});
