import fc from "fast-check";
import { expect, test } from "vitest";
import { BlockCache } from "./block-cache.ts";

const BYTES = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

test("any sequence of slices matches the file, however few blocks are kept", async () => {
  const range = fc
    .tuple(fc.nat(1000), fc.nat(1000))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  await fc.assert(
    fc.asyncProperty(fc.array(range), fc.integer({ min: 1, max: 5 }), async (ranges, blockCountMax) => {
      const read = async (start: number, end: number): Promise<ArrayBuffer> => BYTES.slice(start, end).buffer;
      const cache = new BlockCache({ byteLength: 1000, blockBytes: 64, blockCountMax, read });
      const slices = await Promise.all(ranges.map(([start, end]) => cache.slice(start, end)));
      slices.forEach((slice, i) => expect(new Uint8Array(slice)).toEqual(BYTES.slice(...ranges[i]!)));
    }),
  );
});

test("adjacent blocks take one read, cached ones none, and a failed read can be retried", async () => {
  const reads: string[] = [];
  let broken = true;
  const read = async (start: number, end: number): Promise<ArrayBuffer> => {
    reads.push(`${start}-${end}`);
    if (broken) throw new Error("connection lost");
    return BYTES.slice(start, end).buffer;
  };
  const cache = new BlockCache({ byteLength: 1000, blockBytes: 100, blockCountMax: 10, read });
  await expect(cache.slice(150, 350)).rejects.toThrow("connection lost");
  broken = false;
  await cache.slice(150, 350);
  await cache.slice(100, 400);
  await cache.slice(50, 450);
  expect(reads).toEqual(["100-400", "100-400", "0-100", "400-500"]);
});
