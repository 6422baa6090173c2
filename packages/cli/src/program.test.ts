import type { Command } from "commander";
import { expect, test } from "vitest";
import { createProgram } from "./program.ts";

/** What they print is not theirs, or is for whoever watches them. */
const WITHOUT_JSON: readonly string[] = ["server", "ui", "run", "models serve", "databricks fs cat"];

function leavesOf(command: Command, path: readonly string[] = []): [string, Command][] {
  if (command.commands.length === 0) return [[path.join(" "), command]];
  return command.commands.flatMap((each) => leavesOf(each, [...path, each.name()]));
}

const leaves = leavesOf(createProgram());

test("there are commands, and those without --json are among them", () => {
  const names = leaves.map(([name]) => name);
  expect(names).toContain("experiments rename");
  expect(names).toEqual(expect.arrayContaining([...WITHOUT_JSON]));
});

test.each(leaves)("%s tells of --json in its help when it prints", (name, command) => {
  const help = command.helpInformation();
  expect(help).toMatch(/^Usage: flightdeck /);
  expect(/^ +--json +\S/m.test(help)).toBe(!WITHOUT_JSON.includes(name));
});

test.each(leaves)("%s describes itself and each option in sentences", (_, command) => {
  const texts = [command.description(), ...command.options.map(({ description }) => description)];
  for (const text of texts) expect(text).toMatch(/^[A-Z].*\.$/);
});
