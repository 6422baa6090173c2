import { readFile } from "node:fs/promises";
import { afterEach, expect, test } from "vitest";
import { readParquet } from "../parquet/read-parquet.ts";
import { type FileServer, type FileServerOptions, startFileServer } from "../testing/file-server.ts";
import { flightsPath } from "../testing/fixture.ts";

const flights = await readFile(flightsPath);
let server: FileServer | undefined;
afterEach(async () => server?.close());

async function serve(options: Partial<FileServerOptions> = {}): Promise<FileServer> {
  server = await startFileServer({ bytes: flights, withRanges: true, ...options });
  return server;
}

test("reads the same frame with and without range requests", async () => {
  const local = await readParquet(flightsPath);
  for (const withRanges of [true, false]) {
    const running = await serve({ withRanges });
    const remote = await readParquet(running.url);
    expect(remote.columnNames).toEqual(local.columnNames);
    for (const name of local.columnNames) expect(remote.column(name)).toEqual(local.column(name));
    await running.close();
  }
});

test("fetches every block once, and one block for the parts of a small file", async () => {
  const { url, ranges } = await serve();
  await readParquet(url);
  expect(ranges.sort()).toEqual(["bytes=0-1048575", "bytes=1048576-2097151", "bytes=2097152-2749641"]);
});

test("a server without ranges is asked once", async () => {
  const { url, ranges } = await serve({ withRanges: false });
  await readParquet(url);
  expect(ranges).toHaveLength(1);
});

test("temporary failures are retried, permanent ones give a clear error", async () => {
  const passing = await serve({ failFirst: [503, 502] });
  expect((await readParquet(passing.url, { columns: ["Month"] })).numRows).toBe(327_346);
  await passing.close();
  const lasting = await serve({ failFirst: [503, 503, 503] });
  await expect(readParquet(lasting.url)).rejects.toThrow(`${lasting.url} answered HTTP 503`);
});

test("HTTP 404 and 403 are not retried, and messages omit the query", async () => {
  const { url, ranges } = await serve({ failFirst: [404, 403] });
  await expect(readParquet(`${url}?sig=secret`)).rejects.toMatchObject({
    code: "RESOURCE_DOES_NOT_EXIST",
    message: `${url} does not exist (HTTP 404)`,
  });
  await expect(readParquet(`${url}?sig=secret`)).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  expect(ranges).toHaveLength(2);
});

test("a user and password in the URL become a header and are omitted from messages", async () => {
  const { url, logins } = await serve({ bytes: new TextEncoder().encode("<html>") });
  const reading = readParquet(url.replace("http://", "http://me:p%40ss@"));
  await expect(reading).rejects.toThrow(`${url} is not a parquet file: `);
  await expect(readParquet("http://%zz@host/")).rejects.toThrow("must be percent-encoded UTF-8");
  expect(logins).toEqual([`Basic ${Buffer.from("me:p@ss").toString("base64")}`]);
});

test("a file that is replaced during reading is refused", async () => {
  const { url } = await serve({ etag: (request) => `"${request}"` });
  await expect(readParquet(url)).rejects.toThrow(`${url} changed while it was read`);
});

test("a body that is not parquet and an unreachable server are reported", async () => {
  const running = await serve({ bytes: new TextEncoder().encode("<html>") });
  const { url } = running;
  await expect(readParquet(url)).rejects.toThrow(`${url} is not a parquet file: `);
  await running.close();
  await expect(readParquet(url)).rejects.toThrow(`${url} could not be reached: `);
});

test("the signal stops the wait before a retry", async () => {
  const { url } = await serve({ failFirst: [503, 503] });
  const controller = new AbortController();
  const reading = readParquet(url, { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
});
