import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { publicNames, twinTypes } from "./structure/contracts.ts";
import { fileCycles, folderCycles } from "./structure/cycles.ts";
import { type ImportGraph, importerCounts, readImportGraph } from "./structure/import-graph.ts";

/*
 * Folders have an order, as packages have: imports go down it. Where two folders import each other, neither can be read,
 * tested or moved without the other.
 */

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Cycles that are still to be cut, with all their folders. A line that is no longer true must leave. Add none. */
const KNOWN_CYCLES: readonly string[] = [
  "packages/artifacts/src: local, transfer",
  "packages/client/src: databricks, fluent",
  "packages/environments/src: cache, managers",
  "packages/forest/src: binning, grow",
  "packages/hyperopt/src: executor, fmin, suggest, tpe, trials",
  "packages/import/src: folder, server, source, sql",
  "packages/protocol/src: registry, webhooks",
  "packages/server/src: api, artifacts, clusters, dbfs, description, events, experiments, files, graphql, http, identity, jobs, logged-models, registry, runs, server-info, signed, traces, unity-catalog, webhooks, workspace",
  "packages/ui/src: app, features",
  "packages/ui/src/features: logged-models, registered-models, runs",
];

test("no folders beside each other import each other, but for the cycles known, which all still exist", () => {
  const cycles = folderCycles(readImportGraph(ROOT));
  expect(cycles.map(({ parent, folders }) => `${parent}: ${folders.join(", ")}`)).toEqual(KNOWN_CYCLES);
});

test("a cycle of folders is found behind a file that lies beside them; a folder and its neighbor are none", () => {
  const graph = graphOf({
    "packages/p/src/a/one.ts": 'import "../between.ts";',
    "packages/p/src/between.ts": 'export { two } from "./b/two.ts";',
    "packages/p/src/b/two.ts": 'import type { One } from "../a/deep/one.ts";\nexport const two = 2;',
    "packages/p/src/a/deep/one.ts": "export type One = 1;",
    "packages/p/src/c/three.ts": 'import "../main.ts";',
    "packages/p/src/main.ts": 'const load = () => import("./c/three.ts");',
  });
  expect(folderCycles(graph)).toEqual([{ parent: "packages/p/src", folders: ["a", "b"] }]);
  expect(fileCycles(graph)).toEqual([["packages/p/src/c/three.ts", "packages/p/src/main.ts"]]);
});

test("importers are counted over static, lazy, re-exporting and worker imports, from other packages too, without tests", () => {
  const graph = graphOf({
    "packages/p/package.json": '{ "exports": { ".": "./src/index.ts" } }',
    "packages/p/src/index.ts": 'export { a } from "./a.ts";\nexport { b } from "./a.ts";',
    "packages/p/src/a.ts": "export const a = 1;\nexport const b = 2;",
    "packages/p/src/a.test.ts": 'import "./a.ts";',
    "packages/q/src/main.ts": 'import "@flightdeck/p";\nnew Worker(new URL("./worker.ts", import.meta.url));',
    "packages/q/src/worker.ts": "",
  });
  expect(Object.fromEntries(importerCounts(graph))).toEqual({
    "packages/p/src/a.ts": 1,
    "packages/p/src/index.ts": 1,
    "packages/q/src/main.ts": 0,
    "packages/q/src/worker.ts": 1,
  });
});

test("a public name is documented where it is declared, through any number of re-exports", () => {
  const graph = graphOf({
    "packages/p/package.json": '{ "exports": { ".": "./src/index.ts" } }',
    "packages/p/src/index.ts": 'export { kept as named, bare } from "./a.ts";\nexport * from "./b.ts";',
    "packages/p/src/a.ts":
      "/** Says what it is. */\nexport const kept = 1;\n/* No doc comment. */\nexport const bare = 2;",
    "packages/p/src/b.ts": "/** A shape. */\nexport type Shape = 1;\nexport function act(): void {}",
  });
  expect(publicNames(graph, "p").map(({ name, documented }) => [name, documented])).toEqual([
    ["named", true],
    ["bare", false],
    ["Shape", true],
    ["act", false],
  ]);
});

test("a type is a twin when two packages declare and export one of its name", () => {
  const graph = graphOf({
    "packages/p/src/a.ts": "export type Both = 1;\nexport interface Either {}\ntype Own = 1;",
    "packages/q/src/a.ts": "export interface Both {}\nexport type Own = 1;\nexport const Either = 1;",
  });
  expect(twinTypes(graph, "p", "q")).toEqual(["Both"]);
});

function graphOf(files: Readonly<Record<string, string>>): ImportGraph {
  const root = mkdtempSync(join(tmpdir(), "graph-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return readImportGraph(root);
}
