import fc from "fast-check";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { inBlocks } from "./dbfs-api.ts";

test("all blocks but the last have the same size, and together they are the content", async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: 1, max: 9 }), async (parts, size) => {
      const whole = Buffer.concat(parts);
      for (const content of [Readable.from(parts, { objectMode: true }), whole]) {
        const blocks = await Array.fromAsync(inBlocks(content, size));
        expect(Buffer.concat(blocks)).toEqual(whole);
        expect(blocks.slice(0, -1).every((block) => block.byteLength === size)).toBe(true);
        expect(blocks.every((block) => block.byteLength > 0 && block.byteLength <= size)).toBe(true);
      }
    }),
  );
});

test("text is refused as content", async () => {
  const reading = Array.fromAsync(inBlocks(Readable.from(["x"]), 1));
  await expect(reading).rejects.toThrow("content must be bytes");
});
