import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/* The house rules that no linter knows, as an ordinary test. Each failure says why the rule is there. */

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
      dependencies?: Record<string, string>; // The shape that npm gives every package.json.
    };
    const used = Object.keys(dependencies).flatMap((name) => /^@flightdeck\/(.+)$/.exec(name)?.[1] ?? []);
    if (allowed !== "any") expect(used.filter((name) => !allowed.includes(name))).toEqual([]);
    expect(existsSync(`${ROOT}packages/${room}/README.md`), "a room says which question it answers").toBe(
      true,
    );
  });
});

describe("sources", () => {
  test("src throws AppError or asserts, so that every error has a code", () => {
    const own = sources.filter((path) => path.includes("/src/") && !/\.test\.tsx?$/.test(path));
    expect(hits(own, /throw new Error\(/)).toEqual([]);
  });

  test("no test is left alone or silent", () => {
    const tests = sources.filter((path) => path !== "tools/tidy.test.ts" && path.includes(".test."));
    expect(hits(tests, /\b(it|test|describe)\.only\(|\.todo\(/)).toEqual([]);
  });

  test("no notes to oneself: what is missing says so in docs/COMPATIBILITY.md and by an error", () => {
    const own = sources.filter((path) => path !== "tools/tidy.test.ts");
    expect(hits(own, /\b(TODO|FIXME|XXX)\b/)).toEqual([]);
  });

  test("files stay short enough to read at a glance", () => {
    const long = sources.filter((path) => read(path).split("\n").length > 600);
    expect(long).toEqual([]);
  });
});

describe("repository", () => {
  test("no path of one machine is in a tracked file", () => {
    const own = texts.filter((path) => path !== "tools/tidy.test.ts");
    expect(hits(own, /(^|[^\w.])\/(work|root|home\/\w+|Users\/(?!me@|\[|alice|bob)\w+)\//)).toEqual([]);
  });

  test("the lockfile holds no download addresses, which belong to one machine", () => {
    expect(/"resolved": "https?:/.test(read("package-lock.json"))).toBe(false);
  });

  test("the lockfile holds every optional package that it names, else npm ci refuses on a fresh machine", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>; // npm's lockfile, version 3.
    };
    const locked = new Set(Object.keys(packages).map((path) => path.split("node_modules/").at(-1)));
    const named = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies),
    );
    expect(named.filter((name) => !locked.has(name))).toEqual([]);
  });

  test("the README names the two commands that do all the set-up", () => {
    expect(read("README.md")).toContain("npm run quickstart");
    expect(read("README.md")).toContain("npm test");
  });
});

/** The rows of the table of rooms: name → the rooms it may import. */
function roomsOf(markdown: string): Map<string, readonly string[] | "any"> {
  const rows = markdown.matchAll(/^\| `([a-z]+)` \|[^|]*\| ([^|]*) \|$/gm);
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
