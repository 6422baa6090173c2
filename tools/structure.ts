import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { publicNames, twinTypes } from "./structure/contracts.ts";
import { fileCycles, folderCycles } from "./structure/cycles.ts";
import { type ImportGraph, importerCounts, readImportGraph } from "./structure/import-graph.ts";

/*
 * Prints figures on how the code is divided into files and folders.
 *
 *   npm run structure                      the working tree
 *   npm run structure -- main              a commit beside the working tree
 *   npm run structure -- --list server     besides, the names behind a package's figures
 */

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The limit for an archive of the sources, which currently takes 7 MB. */
const ARCHIVE_BYTES_MAX = 256 * 1024 * 1024;

/** Label → figure, in the order of the columns. */
type Figures = ReadonlyMap<string, string>;

const {
  values: { list },
  positionals: [ref],
} = parseArgs({ options: { list: { type: "string" } }, allowPositionals: true });

const after = readImportGraph(ROOT);
const before = ref === undefined ? undefined : graphOf(ref);

console.log(repositoryTable(after, before));
console.log(packageTable(after, before));
console.log(lines("Cycles of sibling folders", folderCycles(after).map(describeFolderCycle)));
console.log(
  lines(
    "Cycles of files",
    fileCycles(after).map((paths) => paths.join(", ")),
  ),
);
console.log(lines("Types that store and client both declare", twinTypes(after, "store", "client")));
if (list !== undefined) printNames(after, list);

function graphOf(commit: string): ImportGraph {
  const folder = mkdtempSync(join(tmpdir(), "structure-"));
  try {
    const archive = execFileSync("git", ["archive", commit, "packages"], {
      cwd: ROOT,
      maxBuffer: ARCHIVE_BYTES_MAX,
    });
    execFileSync("tar", ["-x", "-C", folder], { input: archive });
    return readImportGraph(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function repositoryTable(graph: ImportGraph, former: ImportGraph | undefined): string {
  const now = repositoryFigures(graph);
  if (former === undefined) return table([["repository", "now"], ...now]);
  const then = repositoryFigures(former);
  return table([
    ["repository", ref ?? "", "now"],
    ...[...now].map(([label, figure]) => [label, then.get(label) ?? "", figure]),
  ]);
}

function packageTable(graph: ImportGraph, former: ImportGraph | undefined): string {
  const then = former === undefined ? undefined : packageFigures(former);
  const rows = [...packageFigures(graph)].map(([name, figures]) => [
    name,
    ...[...figures].map(([label, figure]) => {
      const old = then?.get(name)?.get(label);
      return old === undefined || old === figure ? figure : `${old} → ${figure}`;
    }),
  ]);
  return table([["package", ...figuresOf(graph, () => true, []).keys()], ...rows]);
}

function repositoryFigures(graph: ImportGraph): Figures {
  const names = packageNames(graph);
  return new Map([
    ...figuresOf(graph, () => true, names),
    ["types in both store and client", String(twinTypes(graph, "store", "client").length)],
  ]);
}

function packageFigures(graph: ImportGraph): ReadonlyMap<string, Figures> {
  return new Map(
    packageNames(graph).map((name) => [
      name,
      figuresOf(graph, (path) => path.startsWith(`packages/${name}/`), [name]),
    ]),
  );
}

function packageNames({ entryPoints }: ImportGraph): readonly string[] {
  return [...entryPoints.keys()].map((path) => path.slice("packages/".length)).toSorted();
}

/** The figures for the files that `isIn` selects, and for the entry points of the given packages. */
function figuresOf(
  graph: ImportGraph,
  isIn: (path: string) => boolean,
  packages: readonly string[],
): Figures {
  const own = [...graph.modules.values()].filter(({ path }) => isIn(path));
  const counts = importerCounts(graph);
  const withOne = own.filter(({ path }) => counts.get(path) === 1);
  const folders = folderCycles(graph).filter(({ parent }) => isIn(`${parent}/`));
  const files = fileCycles(graph).filter(([path = ""]) => isIn(path));
  const names = packages.flatMap((name) => publicNames(graph, name));
  const bare = names.filter(({ documented }) => !documented);
  const lineCount = own.reduce((sum, module) => sum + module.lines, 0);
  return new Map([
    ["files", String(own.length)],
    ["mean lines", (lineCount / Math.max(own.length, 1)).toFixed(0)],
    ["one importer", `${((100 * withOne.length) / Math.max(own.length, 1)).toFixed(0)} %`],
    ["folders in cycles", String(folders.reduce((sum, cycle) => sum + cycle.folders.length, 0))],
    ["file cycles", String(files.length)],
    ["exports without doc", `${bare.length} of ${names.length}`],
  ]);
}

function printNames(graph: ImportGraph, name: string): void {
  if (!packageNames(graph).includes(name)) {
    throw new Error(`--list must be one of ${packageNames(graph).join(", ")}, got ${name}`);
  }
  const counts = importerCounts(graph);
  const own = [...graph.modules.values()].filter(({ packageName }) => packageName === name);
  const single = own.filter(({ path }) => counts.get(path) === 1);
  const bare = publicNames(graph, name).filter(({ documented }) => !documented);
  console.log(
    lines(
      "Files with one importer",
      single.map(({ path, lines: count }) => `${path} (${count} lines)`),
    ),
  );
  console.log(
    lines(
      "Exports without a doc comment",
      bare.map((entry) => `${entry.name} (${entry.entryPoint})`),
    ),
  );
}

function describeFolderCycle({ parent, folders }: ReturnType<typeof folderCycles>[number]): string {
  return `${parent}: ${folders.join(", ")}`;
}

function lines(title: string, entries: readonly string[]): string {
  if (entries.length === 0) return `${title}: none\n`;
  return [`${title} (${entries.length}):`, ...entries.map((entry) => `- ${entry}`), ""].join("\n");
}

/** Formats a Markdown table; the first row is the header. */
function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows.map((row) => `| ${row.join(" | ")} |`);
  const rule = `|${"---|".repeat(rows[0]?.length ?? 0)}`;
  return [head, rule, ...body, ""].join("\n");
}
