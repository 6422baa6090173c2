import { type Command, Option } from "commander";
import { DATA_DIR_OPTION } from "../../tracking/data-dir.ts";
import { ALWAYS_JSON_OPTION, JSON_OPTION } from "../json-option.ts";
import { parseCount } from "../option-parsers.ts";
import { viewOption } from "../view-type.ts";
import type * as Actions from "./run-actions.ts";

const RUN_ID: readonly [string, string] = ["--run-id <TEXT>", "Id of the run."];

/** `flightdeck runs …`, as in MLflow. */
export function addRunsCommand(program: Command): void {
  const runs = program.command("runs").description("Manage runs.");
  const experimentId = new Option("--experiment-id <TEXT>", "Experiment whose runs to show.");
  runs
    .command("list")
    .alias("search")
    .description("Show the runs of an experiment, newest first.")
    .addOption(experimentId.env("MLFLOW_EXPERIMENT_ID").makeOptionMandatory())
    .addOption(viewOption())
    .option("--filter <TEXT>", "MLflow's filter grammar, for example: metrics.accuracy > 0.7.")
    .option("--order-by <TEXT>", "For example: metrics.accuracy DESC.")
    .option("--max-results <INTEGER>", "The most to show (default: all).", parseCount)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.ListFlags) => (await actions()).listRuns(flags));
  runs
    .command("describe")
    .description("Show all of a run as JSON.")
    .requiredOption(...RUN_ID)
    .option(...ALWAYS_JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.RunFlags) => (await actions()).describeRun(flags));
  runs
    .command("close")
    .description("Mark a run whose process is gone, and the open runs below it, as KILLED.")
    .requiredOption(...RUN_ID)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.RunFlags) => (await actions()).closeRun(flags));
  runs
    .command("delete")
    .description("Mark a run as deleted.")
    .requiredOption(...RUN_ID)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.RunFlags) => (await actions()).deleteRun(flags));
  runs
    .command("restore")
    .description("Restore a deleted run.")
    .requiredOption(...RUN_ID)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.RunFlags) => (await actions()).restoreRun(flags));
}

function actions(): Promise<typeof Actions> {
  return import("./run-actions.ts");
}
