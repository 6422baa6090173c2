import { VERSION } from "@flightdeck/protocol";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/* House rules that linters do not cover, as an ordinary test. Each test name gives the reason for the rule. */

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT })
  .toString()
  .split("\n")
  .filter((path) => path !== "" && existsSync(`${ROOT}${path}`));
const read = (path: string): string => readFileSync(`${ROOT}${path}`, "utf8");
const sources = tracked.filter((path) => /\.(ts|tsx|mjs)$/.test(path));
const texts = tracked.filter((path) =>
  /\.(ts|tsx|mjs|json|md|yaml|yml|sh|py|css|html)$|MLproject$/.test(path),
);

describe("rooms", () => {
  const rooms = roomsOf(read("docs/ARCHITECTURE.md"));

  test("every package is a room of docs/ARCHITECTURE.md, and every room is a package", () => {
    const packages = tracked.flatMap((path) => /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1] ?? []);
    expect(packages.toSorted()).toEqual([...rooms.keys()].toSorted());
  });

  test.each([...rooms])("%s depends only on what its row allows, and has a README", (room, allowed) => {
    const { dependencies = {} } = JSON.parse(read(`packages/${room}/package.json`)) as {
      dependencies?: Record<string, string>; // The format of every package.json.
    };
    const used = Object.keys(dependencies).flatMap((name) => /^@flightdeck\/(.+)$/.exec(name)?.[1] ?? []);
    if (allowed !== "any") expect(used.filter((name) => !allowed.includes(name))).toEqual([]);
    expect(
      existsSync(`${ROOT}packages/${room}/README.md`),
      "every package has a README that says which question it answers",
    ).toBe(true);
  });
});

test("all packages have the same version as the product", () => {
  const manifests = tracked.filter((path) => /^(packages\/[^/]+\/)?package\.json$/.test(path));
  const versions = manifests.map((path) => (JSON.parse(read(path)) as { version?: string }).version);
  expect(new Set(versions)).toEqual(new Set([VERSION]));
});

test.each(["AGENTS.md", "docs/ARCHITECTURE.md"])("every source file that %s names exists", (document) => {
  const named = [...read(document).matchAll(/`(?:packages\/)?([a-z-]+\/src\/[\w./-]+\.ts)`/g)];
  const missing = named.map(([, path = ""]) => path).filter((path) => !existsSync(`${ROOT}packages/${path}`));
  // Files after an arrow are named without their folder.
  const short = [...read(document).matchAll(/→ `([\w./-]+\.tsx?)`/g)].map(([, path = ""]) => path);
  const unknown = short.filter((path) => !sources.some((source) => `/${source}`.endsWith(`/${path}`)));
  expect([...missing, ...unknown]).toEqual([]);
});

describe("sources", () => {
  test("src throws AppError or uses assert, so that every error has a code", () => {
    const own = sources.filter((path) => path.includes("/src/") && !/\.test\.tsx?$/.test(path));
    expect(hits(own, /throw new Error\(/)).toEqual([]);
  });

  test("no test is focused or left as a todo", () => {
    const tests = sources.filter((path) => path !== "tools/tidy.test.ts" && path.includes(".test."));
    expect(hits(tests, /\b(it|test|describe)\.only\(|\.todo\(/)).toEqual([]);
  });

  test("no TODO comments: missing features are in docs/COMPATIBILITY.md and throw a clear error", () => {
    const own = sources.filter((path) => path !== "tools/tidy.test.ts");
    expect(hits(own, /\b(TODO|FIXME|XXX)\b/)).toEqual([]);
  });

  test("files stay short enough to read at a glance", () => {
    const written = sources.filter((path) => !path.includes("/generated/"));
    const long = written.filter((path) => read(path).split("\n").length > 600);
    expect(long).toEqual([]);
  });
});

describe("repository", () => {
  test("no tracked file contains a path of a particular machine", () => {
    const own = texts.filter((path) => path !== "tools/tidy.test.ts");
    expect(hits(own, /(^|[^\w.])\/(work|root|home\/\w+|Users\/(?!me@|\[|alice|bob)\w+)\//)).toEqual([]);
  });

  test("the lockfile contains no download URLs, which depend on the machine", () => {
    expect(/"resolved": "https?:/.test(read("package-lock.json"))).toBe(false);
  });

  test("the lockfile contains every optional package that it names, or npm ci would fail on a fresh machine", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>; // npm's lockfile, version 3.
    };
    const locked = new Set(Object.keys(packages).map((path) => path.split("node_modules/").at(-1)));
    const named = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies),
    );
    expect(named.filter((name) => !locked.has(name))).toEqual([]);
  });

  test("the README names the two commands that set up everything", () => {
    expect(read("README.md")).toContain("npm run quickstart");
    expect(read("README.md")).toContain("npm test");
  });
});

/** The rows of the rooms table: name → the rooms it may import. */
function roomsOf(markdown: string): Map<string, readonly string[] | "any"> {
  const [, text = ""] = markdown.split("\n## Rooms\n");
  const [section = ""] = text.split("\n## ");
  const rows = section.matchAll(/^\| `([a-z]+)` \|[^|]*\| ([^|]*) \|$/gm);
  return new Map(
    [...rows].map(([, room = "", allowed = ""]): [string, readonly string[] | "any"] => {
      if (allowed === "any") return [room, "any"];
      return [room, allowed === "–" ? [] : allowed.split(", ")];
    }),
  );
}

/** `path:line` of each line that matches. */
function hits(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    read(path)
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
  );
}
