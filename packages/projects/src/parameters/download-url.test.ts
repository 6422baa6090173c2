import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { downloadUrl } from "./download-url.ts";

let server: Server;
let url: string;
let folder: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    response.statusCode = request.url?.startsWith("/absent") ? 404 : 200;
    response.end(`content of ${request.url}`);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}`; // A TCP server's address is an object.
});
afterAll(() => server.close());
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "download-url-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a file keeps its name, whatever the query", async () => {
  const path = await downloadUrl(`${url}/data/small.parquet?token=secret`, folder);
  expect(path).toBe(join(folder, "small.parquet"));
  expect(await readFile(path, "utf8")).toBe("content of /data/small.parquet?token=secret");
});

test("no file name escapes the folder", async () => {
  await downloadUrl(`${url}/a%2f..%2f..%2fowned`, folder);
  await downloadUrl(`${url}/..`, folder);
  expect((await readdir(folder)).toSorted()).toEqual(["a%2f..%2f..%2fowned", "download"]);
});

test("reports why a server cannot be reached, and rejects a file that is too large", async () => {
  await expect(downloadUrl("http://127.0.0.1:1/x.txt?token=secret", folder)).rejects.toMatchObject({
    code: "IO_ERROR",
    message: expect.stringMatching(
      /^http:\/\/127\.0\.0\.1:1\/x\.txt could not be fetched: .*(?:ECONNREFUSED|bad port)/,
    ) as string,
  });
  await expect(downloadUrl(`${url}/large.bin`, folder, { bytesMax: 5 })).rejects.toThrow(
    "more than the 5 bytes",
  );
});

test("an HTTP error does not show the URL's secrets and leaves no file", async () => {
  await expect(downloadUrl(`${url}/absent?token=secret`, folder)).rejects.toMatchObject({
    code: "IO_ERROR",
    message: `${url}/absent answered HTTP 404`,
  });
  expect(await readdir(folder)).toEqual([]);
});
