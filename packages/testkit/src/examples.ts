import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { expect } from "vitest";
import { REPOSITORY_ROOT } from "./python.ts";

/** The code of one example, and the file it is in. */
export type Example = readonly [file: string, code: string];

/** The examples in a package's README and doc comments. */
export function examplesOf(packageName: string): readonly Example[] {
  const folder = join(REPOSITORY_ROOT, "packages", packageName);
  const sources = readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
    .map((path) => `src/${path}`);
  return ["README.md", ...sources.toSorted()].flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(/```ts\n(.*?)```/gs)].map(
      ([, code = ""]): Example => [file, code.replaceAll(/^ *\* ?/gm, "")],
    ),
  );
}

/**
 * Runs an example. The names in `scope` replace its imports, unless it declares them itself. A line `expression; //
 * literal`, or with the literal on the next line, is checked; a comment in words, such as `// in [0, 1)`, is not.
 */
export async function runExample(code: string, scope: Readonly<Record<string, unknown>>): Promise<void> {
  const names = Object.keys(scope).filter((name) => !declares(code, name));
  const body = stripTypeScriptTypes(withChecks(withoutImports(code)));
  // oxlint-disable-next-line typescript/no-implied-eval -- the examples are our own source, and running them is the test
  const run = new Function("expect", ...names, `return (async () => {${body}})();`) as (
    ...values: readonly unknown[]
  ) => Promise<void>;
  await run(expect, ...names.map((name) => scope[name]));
}

/** Imports are at the beginning of an example. */
function withoutImports(code: string): string {
  return code.replace(/^(?:import [^;]*;[^\n]*\n)+/, "");
}

function declares(code: string, name: string): boolean {
  const heads = code.split("\n").filter((line) => line.startsWith("const "));
  return heads.some((line) => new Set(line.split("=")[0]?.match(/\w+/g)).has(name));
}

function withChecks(code: string): string {
  const onOneLine = code.replaceAll(/;\n\/\/ (?=[[{"\d-])/g, "; // ");
  return onOneLine.replaceAll(/^(?!type |const )(.*); \/\/ ([[{"\d-].*)$/gm, "expect($1).toEqual($2);");
}
