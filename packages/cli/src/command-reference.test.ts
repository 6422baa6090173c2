import type { Argument, Command, Option } from "commander";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadCommand } from "./commands/lazy-command.ts";
import { createProgram } from "./program.ts";

/*
 * Checks the reference pages in `docs/` against the code. To rewrite the first page, run `npx vitest run --project unit
 * packages/cli/src/command-reference -u`.
 */

const ROOT = join(import.meta.dirname, "../../..");

test("docs/commands.md has every command with its arguments, options and defaults", async () => {
  const intro =
    "# Commands\n\nGenerated from the command line itself; `flightdeck COMMAND --help` shows the same.\n";
  const sections = await sectionsOf(createProgram(), []);
  await expect([intro, ...sections].join("\n")).toMatchFileSnapshot(join(ROOT, "docs/commands.md"));
});

/** Names that look like variables but are values, and variables that one of our processes sets for another. */
const NOT_FOR_USERS: ReadonlySet<string> = new Set([
  "FLIGHTDECK_NODE",
  "FLIGHTDECK_PROCESS_GROUP",
  "MLFLOW_DISABLE_TELEMETRY",
  "MLFLOW_EXPERIMENT",
  "MLFLOW_VERSION",
]);

test("docs/configuration.md has every environment variable that the code reads, and no other", () => {
  const page = readFileSync(join(ROOT, "docs/configuration.md"), "utf8");
  const documented = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name = ""]) => name);
  const sources = readdirSync(join(ROOT, "packages"), { recursive: true, encoding: "utf8" }).filter(isSource);
  const code = sources
    .map((path) => withoutComments(readFileSync(join(ROOT, "packages", path), "utf8")))
    .join("\n");
  const named = code.match(/\b(MLFLOW|DATABRICKS|FLIGHTDECK)_[A-Z_]+\b/g) ?? [];
  const read = [...new Set(named)].filter((name) => !NOT_FOR_USERS.has(name));
  expect(documented.toSorted()).toEqual(read.toSorted());
});

function isSource(path: string): boolean {
  const isCode = /^(?!ui\/|testkit\/)[^/]+\/src\/.*\.ts$/.test(path);
  return isCode && !/node_modules|\/testing\/|\.test\.ts$/.test(path);
}

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[^]*?\*\/|(?<=\s)\/\/.*/g, "");
}

/** Returns a section for each command that has an action, in the order of the help. */
async function sectionsOf(command: Command, parents: readonly string[]): Promise<string[]> {
  await loadCommand(command);
  const words = [...parents, command.name()];
  const children = command.commands.filter((child) => child.name() !== "help");
  const own = children.length > 0 && parents.length > 0 ? [] : [section(command, words)];
  const below = [];
  for (const child of children) below.push(...(await sectionsOf(child, words)));
  return [...own, ...below];
}

function section(command: Command, words: readonly string[]): string {
  const args = command.registeredArguments.map(argumentRow);
  const options = command.options.filter(({ hidden }) => !hidden).map(optionRow);
  const rows = [...args, ...options];
  const table =
    rows.length === 0 ? "" : `\n| Argument or option | What it is |\n|---|---|\n${rows.join("\n")}\n`;
  return `## ${words.join(" ")}\n\n${cell(command.description())}\n${table}`;
}

function argumentRow(argument: Argument): string {
  const name = argument.required ? argument.name() : `[${argument.name()}]`;
  return `| \`${name}${argument.variadic ? "…" : ""}\` | ${cell(argument.description)} |`;
}

function optionRow({ flags, description, argChoices, defaultValue, mandatory, negate }: Option): string {
  const choices =
    argChoices === undefined ? "" : ` One of: ${argChoices.map((choice) => `\`${choice}\``).join(", ")}.`;
  const hasDefault = defaultValue !== undefined && !negate;
  const standard = hasDefault ? ` Default: \`${String(defaultValue)}\`.` : "";
  return `| \`${flags}\` | ${cell(description)}${choices}${standard}${mandatory ? " Required." : ""} |`;
}

/** In Markdown a bar ends the table cell, and an angle bracket starts HTML. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "\\<");
}
