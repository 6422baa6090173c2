import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { expect, test } from "vitest";

const ENTRY = resolve(import.meta.dirname, "browser.ts");
const IMPORT = /(?:from|import)\s*\(?"([^"]+)"/g;

test("the browser entry imports neither Node modules nor packages that need them", () => {
  const outside = new Set<string>();
  const seen = new Set<string>();
  const queue = [ENTRY];
  for (const file of queue) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const [, name = ""] of readFileSync(file, "utf8").matchAll(IMPORT)) {
      if (name.startsWith(".")) queue.push(resolve(dirname(file), name));
      else outside.add(name);
    }
  }
  expect(seen.size).toBeGreaterThan(5);
  expect([...outside].toSorted()).toEqual(["@flightdeck/core", "@flightdeck/protocol"]);
});
