import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { expect, test } from "vitest";
import * as hyperopt from "./index.ts";

// Runs every example of the README and of the doc comments. A line `expression; // literal` is also compared.

const ROOT = new URL("..", import.meta.url);

/** What examples may use without saying so. */
const FIXTURES = {
  fn: ({ x }: { x: number }): number => x * x,
  space: { x: hyperopt.hp.uniform("x", -1, 1) },
};

const files = readdirSync(new URL("src", ROOT), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
  .map((path) => `src/${path}`);

const examples = ["README.md", ...files].flatMap((file) =>
  [...readFileSync(new URL(file, ROOT), "utf8").matchAll(/```ts\n(.*?)```/gs)].map(
    ([, code = ""]) => [file, withoutStars(code)] as const,
  ),
);

test("there are examples", () => {
  expect(examples.length).toBeGreaterThan(5);
});

test.each(examples)("the example of %s runs and gives what it says", async (_file, code) => {
  const own = Object.entries(FIXTURES).filter(([name]) => !code.includes(`const ${name} =`));
  const scope: Record<string, unknown> = { ...hyperopt, ...Object.fromEntries(own), expect };
  const body = stripTypeScriptTypes(withChecks(code));
  // oxlint-disable-next-line typescript/no-implied-eval -- the examples are our own source, and running them is the test
  const run = new Function(...Object.keys(scope), `return (async () => {${body}})();`) as (
    ...values: unknown[]
  ) => Promise<void>;
  await run(...Object.values(scope));
});

function withoutStars(code: string): string {
  return code.replaceAll(/^ \* ?/gm, "").replaceAll(/^import .*$/gm, "");
}

function withChecks(code: string): string {
  return code.replaceAll(/^(?!type |const )(.*); \/\/ ([[{"\d-].*)$/gm, "expect($1).toEqual($2);");
}
