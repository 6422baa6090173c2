import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Program, parseSync } from "oxc-parser";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

export type SourceFile = { readonly path: string; readonly program: Program };

/** The syntax trees of all source files of the packages, without tests. */
export function sourceFiles(): readonly SourceFile[] {
  const paths = globSync("packages/*/src/**/*.{ts,tsx}", { cwd: ROOT });
  return paths.filter((path) => !/\.(test|test-d|bench)\.tsx?$/.test(path)).map(parseFile);
}

function parseFile(path: string): SourceFile {
  const { program, errors } = parseSync(path, readFileSync(`${ROOT}${path}`, "utf8"));
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  return { path, program };
}
