import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { publicNames, twinTypes } from "./structure/contracts.ts";
import { fileCycles, folderCycles } from "./structure/cycles.ts";
import { type ImportGraph, importerCounts, readImportGraph } from "./structure/import-graph.ts";

/*
 * Folders have an order, like packages, and imports only go down. If two folders import each other, neither can be
 * read, tested or moved without the other.
 */

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Known cycles, with all their folders. Remove a line when its cycle is gone. Do not add any. */
const KNOWN_CYCLES: readonly string[] = [];

test("sibling folders do not import each other, except for the known cycles, which all still exist", () => {
  const cycles = folderCycles(readImportGraph(ROOT));
  expect(cycles.map(({ parent, folders }) => `${parent}: ${folders.join(", ")}`)).toEqual(KNOWN_CYCLES);
});

test("the folders of server import only what docs/ARCHITECTURE.md allows, and features do not import each other", () => {
  const layers = layersOf(readFileSync(join(ROOT, "docs/ARCHITECTURE.md"), "utf8"));
  const { modules, imports } = readImportGraph(ROOT);
  const folderOf = (path: string): string | undefined => /^packages\/server\/src\/([^/]+)\//.exec(path)?.[1];
  const folders = new Set([...modules.keys()].flatMap((path) => folderOf(path) ?? []));
  folders.delete("testing"); // Starts complete servers, so it imports everything.
  expect([...layers.keys()].toSorted()).toEqual([...folders].toSorted());
  const forbidden = [...imports].flatMap(([from, targets]) => {
    const allowed = layers.get(folderOf(from) ?? "");
    if (allowed === undefined) return [];
    const own = [...targets].filter((target) => target.startsWith("packages/server/src/"));
    const others = own.filter((target) => folderOf(target) !== folderOf(from));
    return others.flatMap((to) => (allowed.includes(folderOf(to) ?? "") ? [] : [`${from} imports ${to}`]));
  });
  expect(forbidden).toEqual([]);
});

/** The rows of the table under "Inside `server`": each folder in the first column, and what it may import. */
function layersOf(architecture: string): ReadonlyMap<string, readonly string[]> {
  const [, section = ""] = architecture.split("## Inside `server`\n");
  const [text = ""] = section.split("\n## ");
  const names = (cell: string): string[] => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name = ""]) => name);
  const rows = text.split("\n").filter((line) => line.startsWith("| `"));
  return new Map(
    rows.flatMap((row) => {
      const [, folders = "", , allowed = ""] = row.split("|");
      return names(folders).map((folder) => [folder, names(allowed)] as const);
    }),
  );
}

test("a cycle of folders through a file next to them is found; a folder and an adjacent file are not a cycle", () => {
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

test("importers include static, lazy, re-exporting and worker imports, also from other packages, but not tests", () => {
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

test("the doc comment of a public name is found at its declaration, through any number of re-exports", () => {
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

test("types are twins if two packages declare and export the same name", () => {
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
