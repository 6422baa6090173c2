import type { Command } from "commander";
import { JSON_OPTION } from "../json-option.ts";
import { BEST_EFFORT_OPTION, ENV_MANAGER_OPTION } from "./env-options.ts";
import type * as Actions from "./env-actions.ts";

/** `flightdeck env …`: the environments that projects run in. */
export function addEnvCommand(program: Command): void {
  const env = program.command("env").description("Manage the environments that projects run in.");
  env
    .command("create")
    .description("Build the environment of a conda file, a python_env.yaml or a package.json.")
    .requiredOption("-f, --file <FILE>", "The file that defines it.")
    .option(...ENV_MANAGER_OPTION)
    .option(...BEST_EFFORT_OPTION)
    .option(...JSON_OPTION)
    .action(async (flags: Actions.CreateFlags) => (await actions()).createEnvironment(flags));
  env
    .command("list")
    .description("Show the environments, the one used last first.")
    .option(...JSON_OPTION)
    .action(async (flags: Actions.ListFlags) => (await actions()).listEnvironments(flags));
  env
    .command("remove")
    .description("Remove environments; projects build them anew.")
    .argument("[ID...]", "Environments, by the ids that list shows.")
    .option("--all", "All of them.")
    .option(...JSON_OPTION)
    .action(async (ids: readonly string[], flags: Actions.RemoveFlags) =>
      (await actions()).removeEnvironments(ids, flags),
    );
}

function actions(): Promise<typeof Actions> {
  return import("./env-actions.ts");
}
