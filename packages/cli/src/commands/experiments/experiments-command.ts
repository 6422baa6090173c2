import { type Command, Option } from "commander";
import { DATA_DIR_OPTION } from "../../tracking/data-dir.ts";
import { JSON_OPTION } from "../json-option.ts";
import { parseCount } from "../option-parsers.ts";
import { viewOption } from "../view-type.ts";
import type * as Actions from "./experiment-actions.ts";

const ID: readonly [string, string] = ["-x, --experiment-id <TEXT>", "Id of the experiment."];

/** `flightdeck experiments …`, as in MLflow. */
export function addExperimentsCommand(program: Command): void {
  const experiments = program.command("experiments").description("Manage experiments.");
  experiments
    .command("create")
    .description("Create an experiment.")
    .requiredOption("-n, --experiment-name <TEXT>", "Name of the experiment.")
    .option("-l, --artifact-location <TEXT>", "Where its runs keep artifacts (default: the server decides).")
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.CreateFlags) => (await actions()).createExperiment(flags));
  experiments
    .command("search")
    .alias("list")
    .description("Show experiments.")
    .addOption(viewOption())
    .option("--max-results <INTEGER>", "The most to show (default: all).", parseCount)
    .option("--filter <TEXT>", "MLflow's filter grammar, for example: name LIKE 'air%'.")
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.SearchFlags) => (await actions()).searchExperiments(flags));
  experiments
    .command("get")
    .description("Show one experiment, by id or name.")
    .option(...ID)
    .option("-n, --experiment-name <TEXT>", "Name of the experiment.")
    .addOption(new Option("--output <FORMAT>", "How to show it.").choices(["json", "table"]).default("table"))
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.GetFlags) => (await actions()).getExperiment(flags));
  addChanges(experiments);
  experiments
    .command("csv")
    .description("Write all runs of an experiment as CSV.")
    .requiredOption(...ID)
    .option("-o, --filename <TEXT>", "File to write (default: print).")
    .option("--json", "With --filename: print JSON.")
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.CsvFlags) => (await actions()).writeRunsCsv(flags));
}

function addChanges(experiments: Command): void {
  experiments
    .command("rename")
    .description("Rename an active experiment.")
    .requiredOption(...ID)
    .requiredOption("--new-name <TEXT>", "The new name.")
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.RenameFlags) => (await actions()).renameExperiment(flags));
  experiments
    .command("delete")
    .description("Mark an experiment and its runs as deleted.")
    .requiredOption(...ID)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.IdFlags) => (await actions()).deleteExperiment(flags));
  experiments
    .command("restore")
    .description("Restore a deleted experiment.")
    .requiredOption(...ID)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.IdFlags) => (await actions()).restoreExperiment(flags));
}

function actions(): Promise<typeof Actions> {
  return import("./experiment-actions.ts");
}
