import { AppError } from "@flightdeck/core";
import { existsSync } from "node:fs";
import { chmod, copyFile, cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, extname, join, relative, sep } from "node:path";
import { type PublicPackage, publishedManifest } from "./manifest.ts";

export type StageOptions = PublicPackage & {
  /** The folder of what tsc made of the package's `src`. */
  readonly compiled: string;
  readonly out: string;
};

/** Not for users: what tests need. */
const TEST_FILE = /(^|\/)(testing|golden|__snapshots__)\/|\.(test|bench)\.ts$|\.test-d\.ts$/;
/** Texts that name other files of the package. */
const CODE = [".js", ".mjs", ".cjs", ".mts", ".ts"];

/**
 * Writes the folder that is published: `dist` with what was compiled and the files that it reads at run time, such as
 * WebAssembly and Python programs, `bin` where there is one, README, licence and package.json.
 */
export async function stagePackage({ folder, manifest, compiled, out }: StageOptions): Promise<void> {
  const source = join(folder, "src");
  const assets = (await filesBelow(source)).filter((path) => !/(?<!\.d)\.ts$/.test(path));
  const files: readonly (readonly [from: string, target: string, isCode: boolean])[] = [
    ...(await filesBelow(compiled)).map((path) => row(compiled, path, "dist")),
    ...assets.map((path) => row(source, path, "dist")),
    ...(await filesBelow(join(folder, "bin"))).map((path) => row(join(folder, "bin"), path, "bin")),
  ];
  for (const [from, target, isCode] of files) {
    const to = join(out, target);
    await mkdir(dirname(to), { recursive: true });
    if (isCode) await writeFile(to, renameSources(await readFile(from, "utf8"), { folder, target }));
    else if (to.endsWith(".map")) await writeFile(to, await relocatedMap(from, target));
    else await copyFile(from, to);
    if (target.startsWith("bin/")) await chmod(to, 0o755);
  }
  const page = join(folder, "dist/page");
  if (existsSync(page)) await cp(page, join(out, "dist/page"), { recursive: true });
  await copyFile(join(folder, "README.md"), join(out, "README.md"));
  await copyFile(join(folder, "../../LICENSE"), join(out, "LICENSE"));
  await writeFile(
    join(out, "package.json"),
    `${JSON.stringify(publishedManifest(manifest), undefined, 2)}\n`,
  );
}

function row(base: string, path: string, target: string): [string, string, boolean] {
  return [join(base, path), `${target}/${path}`, CODE.includes(extname(path))];
}

/** The paths of files that users get, with slashes, relative to the folder; none when it is not there. */
async function filesBelow(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, "/"))
    .filter((path) => !TEST_FILE.test(path));
}

/** A quoted path that begins with a dot and ends in .ts, as imports and `new URL("…", import.meta.url)` have it. */
const SOURCE_PATH = /(["'])(\.{1,2}\/[^"'\n]+)\.ts\1/g;

/**
 * Names the compiled files where a text names our sources. tsc does so for imports of JavaScript alone: not in declarations, not in
 * `new URL`, not in files that it only copies. Paths in comments that belong to a reader's project stay.
 */
function renameSources(text: string, { folder, target }: { folder: string; target: string }): string {
  const inSource = join(folder, dirname(target.replace(/^dist\//, "src/")));
  return text.replaceAll(SOURCE_PATH, (whole, quote: string, stem: string) => {
    const file = relative(folder, join(inSource, `${stem}.ts`)).replaceAll(sep, "/");
    if (!existsSync(join(folder, file))) return whole;
    if (TEST_FILE.test(file)) {
      throw new AppError(
        "INTERNAL_ERROR",
        `${target} needs ${file}, which is for tests and is not published`,
      );
    }
    const compiled = file.replace(/^src\//, "dist/").replace(/\.ts$/, ".js");
    const path = relative(dirname(target), compiled).replaceAll(sep, "/");
    return `${quote}${path.startsWith(".") ? path : `./${path}`}${quote}`;
  });
}

/** A map holds its source's text; its name says where that is in the repository. */
async function relocatedMap(file: string, target: string): Promise<string> {
  const map = JSON.parse(await readFile(file, "utf8")) as { sources: string[] }; // As tsc writes it.
  const source = target.replace(/^dist\//, "src/").replace(/\.js\.map$/, ".ts");
  return JSON.stringify({ ...map, sources: [relative(dirname(target), source).replaceAll(sep, "/")] });
}
