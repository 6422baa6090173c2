import type { Command } from "commander";
import { expect, test } from "vitest";
import { loadCommand } from "./commands/lazy-command.ts";
import { createProgram } from "./program.ts";

/** Their output comes from other programs or is meant for people. */
const WITHOUT_JSON: readonly string[] = [
  "server",
  "ui",
  "run",
  "models serve",
  "databricks fs cat",
  "databricks help",
  "help",
];

async function leavesOf(command: Command, path: readonly string[] = []): Promise<[string, Command][]> {
  await loadCommand(command);
  if (command.commands.length === 0) return [[path.join(" "), command]];
  const leaves = command.commands.map((each) => leavesOf(each, [...path, each.name()]));
  return (await Promise.all(leaves)).flat();
}

const leaves = await leavesOf(createProgram());

test("the commands without --json exist", () => {
  const names = leaves.map(([name]) => name);
  expect(names).toContain("experiments rename");
  expect(names).toEqual(expect.arrayContaining([...WITHOUT_JSON]));
});

test.each(leaves)("the help of %s shows --json if it has that option", (name, command) => {
  const help = command.helpInformation();
  expect(help).toMatch(/^Usage: flightdeck /);
  expect(/^ +--json +\S/m.test(help)).toBe(!WITHOUT_JSON.includes(name));
});

test.each(leaves)("%s describes itself and each option in sentences", (_, command) => {
  const texts = [command.description(), ...command.options.map(({ description }) => description)];
  for (const text of texts) expect(text).toMatch(/^[A-Z].*\.$/);
});

test("a --no- option is on until it is given, also in a lazily loaded command", async () => {
  const program = createProgram();
  const run = program.commands.find((command) => command.name() === "run");
  program.hook("preAction", () => {
    throw new Error("parsed"); // Only parsing is tested, so the action does not run.
  });
  await expect(program.parseAsync(["run", ".", "--no-wait"], { from: "user" })).rejects.toThrow("parsed");
  expect(run?.opts()).toMatchObject({ wait: false, conda: true });
});

test("help shows the full help of a lazily loaded command", async () => {
  const written: string[] = [];
  const program = createProgram();
  const databricks = program.commands.find((command) => command.name() === "databricks");
  await loadCommand(databricks!);
  const fs = databricks!.commands.find((command) => command.name() === "fs");
  fs?.configureOutput({ writeOut: (text) => void written.push(text) });
  await program.parseAsync(["databricks", "help", "fs"], { from: "user" });
  expect(written.join("")).toMatch(/ls[^]*cat[^]*cp/);
});
