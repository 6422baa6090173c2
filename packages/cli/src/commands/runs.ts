import { type Run, runToWire } from "@flightdeck/protocol";
import { type Command, Option } from "commander";
import { formatTime } from "../output/format.ts";
import { printJson, printRecords, printResult } from "../output/print.ts";
import { DATA_DIR_OPTION, type DataDirFlag } from "../data-dir.ts";
import { PATIENT_RETRIES, withTracking } from "../tracking.ts";
import {
  ALWAYS_JSON_OPTION,
  JSON_OPTION,
  type JsonFlag,
  parseCount,
  takeAtMost,
  type View,
  viewOption,
  viewTypeOf,
} from "./options.ts";

const RUN_ID: readonly [string, string] = ["--run-id <TEXT>", "Id of the run."];

type RunFlags = DataDirFlag & JsonFlag & { readonly runId: string };

type ListFlags = DataDirFlag &
  JsonFlag & {
    readonly experimentId: string;
    readonly view: View;
    readonly filter?: string | undefined;
    readonly orderBy?: string | undefined;
    readonly maxResults?: number | undefined;
  };

/** `flightdeck runs …`, as in MLflow. */
export function defineRuns(runs: Command): void {
  const experimentId = new Option("--experiment-id <TEXT>", "Experiment whose runs to show.");
  runs
    .command("list")
    .alias("search")
    .description("Show the runs of an experiment, newest first.")
    .addOption(experimentId.env("MLFLOW_EXPERIMENT_ID").makeOptionMandatory())
    .addOption(viewOption())
    .option("--filter <TEXT>", "MLflow's filter grammar, for example: metrics.accuracy > 0.7.")
    .option("--order-by <TEXT>", "For example: metrics.accuracy DESC.")
    .option("--max-results <INTEGER>", "Maximum number to show (default: all).", parseCount)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(listRuns);
  runs
    .command("describe")
    .description("Show a run with all its data as JSON.")
    .requiredOption(...RUN_ID)
    .option(...ALWAYS_JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(describeRun);
  runs
    .command("close")
    .description("Mark a run whose process has died, and its open child runs, as KILLED.")
    .requiredOption(...RUN_ID)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(closeRun);
  runs
    .command("delete")
    .description("Mark a run as deleted.")
    .requiredOption(...RUN_ID)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(deleteRun);
  runs
    .command("restore")
    .description("Restore a deleted run.")
    .requiredOption(...RUN_ID)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(restoreRun);
}

async function listRuns(flags: ListFlags): Promise<void> {
  const found = await withTracking(flags, async ({ client }) => {
    const { experimentId } = await client.getExperiment(flags.experimentId);
    const search = {
      experimentIds: [experimentId],
      runViewType: viewTypeOf(flags.view),
      filter: flags.filter,
      orderBy: flags.orderBy === undefined ? [] : [flags.orderBy],
    };
    return await takeAtMost(client.searchRunsAll(search), flags.maxResults);
  });
  const table = (): { headers: string[]; rows: string[][] } => ({
    headers: ["Date", "Name", "Status", "ID"],
    rows: found.map(({ info }) => [formatTime(info.startTimeMs), info.runName, info.status, info.runId]),
  });
  printRecords(flags.json, table, found.map(runToWire));
}

async function describeRun(flags: RunFlags): Promise<void> {
  printJson(describedRun(await withTracking(flags, ({ client }) => client.getRun(flags.runId))));
}

async function closeRun(flags: RunFlags): Promise<void> {
  const { closeAbandonedRun } = await import("@flightdeck/projects");
  const { status } = await withTracking(
    flags,
    ({ client }) => closeAbandonedRun(client, flags.runId),
    PATIENT_RETRIES,
  );
  printResult(flags.json, `Run with ID ${flags.runId} is ${status}.`, { run_id: flags.runId, status });
}

async function deleteRun(flags: RunFlags): Promise<void> {
  await withTracking(flags, ({ client }) => client.deleteRun(flags.runId));
  const result = { run_id: flags.runId, lifecycle_stage: "deleted" };
  printResult(flags.json, `Run with ID ${flags.runId} has been deleted.`, result);
}

async function restoreRun(flags: RunFlags): Promise<void> {
  await withTracking(flags, ({ client }) => client.restoreRun(flags.runId));
  const result = { run_id: flags.runId, lifecycle_stage: "active" };
  printResult(flags.json, `Run with id ${flags.runId} has been restored.`, result);
}

/** Converts a run to the form of MLflow's `Run.to_dictionary`: metrics, params and tags by key. */
function describedRun(run: Run): object {
  const { info, data, inputs, outputs } = runToWire(run);
  const { run_uuid: _, ...facts } = info;
  return {
    info: { ...facts, end_time: info.end_time ?? null },
    data: {
      metrics: Object.fromEntries(data.metrics.map(({ key, value }) => [key, value])),
      params: Object.fromEntries(data.params.map(({ key, value }) => [key, value])),
      tags: Object.fromEntries(data.tags.map(({ key, value }) => [key, value])),
    },
    inputs,
    outputs,
  };
}
