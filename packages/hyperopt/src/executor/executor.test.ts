import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fmin } from "../fmin/fmin.ts";
import * as hp from "../space/hp.ts";
import { workerModule } from "./objective.ts";

const space = { x: hp.uniform("x", -1, 1) };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "flightdeck-objective-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function moduleWith(name: string, source: string): Promise<URL> {
  const path = join(folder, name);
  await writeFile(path, source);
  return pathToFileURL(path);
}

test("the objective may be a module's export", async () => {
  const url = await moduleWith("good.mjs", "export const objective = ({ x }) => x * x;");
  const best = await fmin({
    fn: workerModule<{ x: number }>(url, "objective"),
    space,
    maxEvals: 30,
    seed: 1,
  });
  expect(Math.abs(best["x"] ?? 1)).toBeLessThan(0.1);
});

test("a module that does not load, or does not export it, is named together with the trial", async () => {
  const broken = await moduleWith("broken.mjs", "throw new Error('no data');");
  const other = await moduleWith("other.mjs", "export const train = () => 1;");
  const search = (url: URL): Promise<unknown> =>
    fmin({ fn: workerModule<{ x: number }>(url, "objective"), space, maxEvals: 1 });
  await expect(search(broken)).rejects.toThrow(
    /module file:.*broken\.mjs does not load: no data \(trial 0\)/,
  );
  await expect(search(other)).rejects.toThrow(
    /must export a function "objective", it exports train \(trial 0\)/,
  );
});
