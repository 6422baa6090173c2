import type { Command } from "commander";
import { JSON_OPTION } from "../../json-option.ts";
import { parseCount, parseOffset } from "../../option-parsers.ts";
import { apiVersionOption } from "../api-version-option.ts";
import { outputOption } from "../output-options.ts";
import { JSON_FILE_OPTION, REQUEST_OPTION } from "../request-options.ts";
import { PROFILE_OPTION } from "../workspace-options.ts";
import type * as Actions from "./job-run-actions.ts";

const RUN_ID = ["--run-id <ID>", "Id of the run.", parseCount] as const;

/** `flightdeck databricks runs …`: runs of jobs, which are no runs of MLflow. */
export function addJobRunsCommand(databricks: Command): void {
  const runs = databricks
    .command("runs")
    .description("Work with runs of jobs.")
    .option(...PROFILE_OPTION);
  runs
    .command("submit")
    .description("Submit a one-time run, and print its id as JSON.")
    .option(...JSON_FILE_OPTION)
    .option(...REQUEST_OPTION)
    .option("--wait", "Show what the run writes, and end with it.")
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).submitRun(command.optsWithGlobals()),
    );
  addReaders(runs);
  runs
    .command("cancel")
    .description("Cancel a run.")
    .requiredOption(...RUN_ID)
    .option(...JSON_OPTION)
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).cancelRun(command.optsWithGlobals()),
    );
}

function addReaders(runs: Command): void {
  runs
    .command("list")
    .description("List runs, newest first.")
    .option("--job-id <ID>", "Only runs of this job.", parseCount)
    .option("--active-only", "Only runs that have not ended.")
    .option("--completed-only", "Only runs that have ended.")
    .option("--offset <INTEGER>", "How many to pass over.", parseOffset)
    .option("--limit <INTEGER>", "The most to show (default: 20).", parseCount)
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).listRuns(command.optsWithGlobals()),
    );
  runs
    .command("get")
    .description("Show a run.")
    .requiredOption(...RUN_ID)
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) => (await actions()).getRun(command.optsWithGlobals()));
  runs
    .command("get-output")
    .description("Show what a run has written.")
    .requiredOption(...RUN_ID)
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).getRunOutput(command.optsWithGlobals()),
    );
}

function actions(): Promise<typeof Actions> {
  return import("./job-run-actions.ts");
}
