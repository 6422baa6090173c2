import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { examplesOf, runExample } from "@flightdeck/testkit/examples";
import { expect, onTestFinished, test } from "vitest";
import * as server from "./index.ts";

/* Runs the examples in the README and doc comments, each with a separate data folder. */

const examples = examplesOf("server");

test("the README and a doc comment have examples", () => {
  expect(new Set(examples.map(([file]) => file)).size).toBeGreaterThan(1);
});

test.each(examples)("the example in %s runs", async (_file, code) => {
  const folder = await mkdtemp(join(tmpdir(), "server-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const dataDir = JSON.stringify(join(folder, "data"));
  await runExample(code.replaceAll('".flightdeck"', dataDir), { ...server });
});
