import type { Command } from "commander";
import { DATA_DIR_OPTION } from "../../tracking/data-dir.ts";
import { JSON_OPTION } from "../json-option.ts";
import { parseCount } from "../option-parsers.ts";
import type * as Actions from "./registered-model-actions.ts";

const NAME: readonly [string, string] = ["-n, --name <TEXT>", "Name of the registered model."];
const MAX_RESULTS = ["--max-results <INTEGER>", "The most to show (default: all).", parseCount] as const;

/** `flightdeck registered-models …`, which shows what the registry has. MLflow's command line has no counterpart. */
export function addRegisteredModelsCommand(program: Command): void {
  const models = program.command("registered-models").description("Show registered models.");
  models
    .command("list")
    .alias("search")
    .description("Show the registered models.")
    .option("--filter <TEXT>", "MLflow's filter grammar, for example: name LIKE 'air%'.")
    .option(...MAX_RESULTS)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.ListFlags) => (await actions()).listRegisteredModels(flags));
  models
    .command("get")
    .description("Show one registered model.")
    .requiredOption(...NAME)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.NameFlags) => (await actions()).getRegisteredModel(flags));
  models
    .command("versions")
    .description("Show the versions of a registered model, newest first.")
    .requiredOption(...NAME)
    .option(...MAX_RESULTS)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.VersionsFlags) => (await actions()).listModelVersions(flags));
}

function actions(): Promise<typeof Actions> {
  return import("./registered-model-actions.ts");
}
