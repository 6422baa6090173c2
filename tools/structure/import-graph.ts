import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ParseResult, parseSync } from "oxc-parser";

/** A source file of a package: its path, text, length and syntax tree. */
export type Module = {
  /** Relative to the root, with slashes: `packages/store/src/index.ts`. */
  readonly path: string;
  readonly packageName: string;
  readonly text: string;
  readonly lines: number;
  readonly parsed: ParseResult;
};

/** The modules of all packages, without tests, and their imports. Type imports count too. */
export type ImportGraph = {
  readonly modules: ReadonlyMap<string, Module>;
  /** The paths that each path imports, without duplicates and without itself. */
  readonly imports: ReadonlyMap<string, ReadonlySet<string>>;
  /** The entry points in a package's `exports`, by package: `packages/store` → paths. */
  readonly entryPoints: ReadonlyMap<string, readonly string[]>;
  /** Resolves a specifier in a file to a module; undefined if it is not one of ours. */
  readonly resolve: (from: string, specifier: string) => string | undefined;
};

type Exports = Readonly<Record<string, string>>;

const SCOPE = "@flightdeck/";
const NOT_COUNTED = /\.(test|pg\.test|test-d|bench|d)\.tsx?$/;

/** A worker is started by its URL, without an import statement. */
const WORKER_URL = /new URL\("(\.[^"]+)", import\.meta\.url\)/g;

/** Reads and parses `packages/*` in a folder, whose path must end in a slash. */
export function readImportGraph(root: string): ImportGraph {
  const paths = globSync("packages/*/src/**/*.{ts,tsx}", { cwd: root }).filter(
    (path) => !NOT_COUNTED.test(path),
  );
  const modules = new Map(paths.toSorted().map((path) => [path, readModule(root, path)]));
  const exportsOf = readExports(root);
  const resolve = (from: string, specifier: string): string | undefined => {
    const path = specifier.startsWith(".")
      ? join(dirname(from), specifier)
      : packagePath(exportsOf, specifier);
    return path !== undefined && modules.has(path) ? path : undefined;
  };
  const imports = new Map(
    [...modules.values()].map((module) => [module.path, importsOf(module, resolve)] as const),
  );
  const entryPoints = new Map(
    [...exportsOf].map(([name, entries]) => [
      `packages/${name}`,
      Object.values(entries).map((entry) => join("packages", name, entry)),
    ]),
  );
  return { modules, imports, entryPoints, resolve };
}

/** The number of modules that import each module. */
export function importerCounts({ modules, imports }: ImportGraph): ReadonlyMap<string, number> {
  const counts = new Map([...modules.keys()].map((path) => [path, 0]));
  for (const targets of imports.values()) {
    for (const target of targets) counts.set(target, (counts.get(target) ?? 0) + 1);
  }
  return counts;
}

function readModule(root: string, path: string): Module {
  const text = readFileSync(join(root, path), "utf8");
  const parsed = parseSync(path, text);
  if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors[0]?.message}`);
  const packageName = path.split("/")[1] ?? "";
  return { path, packageName, text, lines: text.split("\n").length - 1, parsed };
}

function importsOf(module: Module, resolve: ImportGraph["resolve"]): ReadonlySet<string> {
  const { staticImports, staticExports, dynamicImports } = module.parsed.module;
  const specifiers = [
    ...staticImports.map((statement) => statement.moduleRequest.value),
    ...staticExports.flatMap(({ entries }) => entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => module.text.slice(start + 1, end - 1)),
    ...[...module.text.matchAll(WORKER_URL)].map(([, specifier = ""]) => specifier),
  ];
  const targets = specifiers.flatMap((specifier) => resolve(module.path, specifier) ?? []);
  return new Set(targets.filter((target) => target !== module.path));
}

function readExports(root: string): ReadonlyMap<string, Exports> {
  return new Map(
    globSync("packages/*/package.json", { cwd: root }).map((path) => {
      // The format of every package.json; our `exports` have no conditions.
      const { exports = {} } = JSON.parse(readFileSync(join(root, path), "utf8")) as { exports?: Exports };
      return [path.split("/")[1] ?? "", exports];
    }),
  );
}

function packagePath(exportsOf: ReadonlyMap<string, Exports>, specifier: string): string | undefined {
  if (!specifier.startsWith(SCOPE)) return undefined;
  const [name = "", ...rest] = specifier.slice(SCOPE.length).split("/");
  const entry = exportsOf.get(name)?.[[".", ...rest].join("/")];
  return entry === undefined ? undefined : join("packages", name, entry);
}
