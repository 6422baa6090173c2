import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { unpackBody } from "./traces.ts";

const body = Buffer.from("spans ".repeat(100));

test.each([
  [undefined, body],
  ["identity", body],
  ["gzip", gzipSync(body)],
  ["deflate", deflateSync(body)],
  ["deflate", deflateRawSync(body)],
])("unpacks %s", async (encoding, packed) => {
  expect(Buffer.from(await unpackBody(packed, encoding, 1000))).toEqual(body);
});

test.each([
  [undefined, body],
  ["gzip", gzipSync(body)],
  ["deflate", deflateSync(body)],
])("refuses %s that exceeds the maximum size", async (encoding, packed) => {
  await expect(unpackBody(packed, encoding, 599)).rejects.toThrow("at most 599 bytes");
});

test.each([
  ["gzip", body, "Failed to decompress gzip payload"],
  ["deflate", body, "Failed to decompress deflate payload"],
  ["gzip", gzipSync(body).subarray(0, 20), "Failed to decompress"],
  ["br", body, "must be one of gzip, deflate, got 'br'"],
  ["__proto__", body, "must be one of gzip, deflate"],
])("refuses a body that is not %s", async (encoding, packed, words) => {
  await expect(unpackBody(packed, encoding, 1000)).rejects.toThrow(words);
});
