import type { MlflowClient } from "@flightdeck/client";
import { invalid } from "@flightdeck/core";
import { type Experiment, experimentToWire, type Run } from "@flightdeck/protocol";
import { type Command, Option } from "commander";
import { writeFile } from "node:fs/promises";
import { formatTime } from "../output/format.ts";
import { printFields, printJson, printRecords, printResult } from "../output/print.ts";
import { DATA_DIR_OPTION, type DataDirFlag } from "../data-dir.ts";
import { withTracking } from "../tracking.ts";
import {
  JSON_OPTION,
  type JsonFlag,
  parseCount,
  takeAtMost,
  type View,
  viewOption,
  viewTypeOf,
} from "./options.ts";

const EXPERIMENT_ID: readonly [string, string] = ["-x, --experiment-id <TEXT>", "Id of the experiment."];

type IdFlags = DataDirFlag & JsonFlag & { readonly experimentId: string };

type CreateFlags = DataDirFlag &
  JsonFlag & { readonly experimentName: string; readonly artifactLocation?: string | undefined };

type SearchFlags = DataDirFlag &
  JsonFlag & {
    readonly view: View;
    readonly maxResults?: number | undefined;
    readonly filter?: string | undefined;
  };

type GetFlags = DataDirFlag &
  JsonFlag & {
    readonly experimentId?: string | undefined;
    readonly experimentName?: string | undefined;
    readonly output: "json" | "table";
  };

type RenameFlags = IdFlags & { readonly newName: string };

type CsvFlags = IdFlags & { readonly filename?: string | undefined };

const INFO_COLUMNS = ["run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"] as const;

/** `flightdeck experiments …`, as in MLflow. */
export function defineExperiments(experiments: Command): void {
  experiments
    .command("create")
    .description("Create an experiment.")
    .requiredOption("-n, --experiment-name <TEXT>", "Name of the experiment.")
    .option(
      "-l, --artifact-location <TEXT>",
      "Where its runs store their artifacts (default: the server's default).",
    )
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(createExperiment);
  experiments
    .command("search")
    .alias("list")
    .description("Show experiments.")
    .addOption(viewOption())
    .option("--max-results <INTEGER>", "Maximum number to show (default: all).", parseCount)
    .option("--filter <TEXT>", "MLflow's filter grammar, for example: name LIKE 'air%'.")
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(searchExperiments);
  experiments
    .command("get")
    .description("Show one experiment, by id or name.")
    .option(...EXPERIMENT_ID)
    .option("-n, --experiment-name <TEXT>", "Name of the experiment.")
    .addOption(new Option("--output <FORMAT>", "Output format.").choices(["json", "table"]).default("table"))
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(getExperiment);
  addChanges(experiments);
  experiments
    .command("csv")
    .description("Write all runs of an experiment as CSV.")
    .requiredOption(...EXPERIMENT_ID)
    .option("-o, --filename <TEXT>", "File to write (default: print).")
    .option("--json", "With --filename: print JSON.")
    .option(...DATA_DIR_OPTION)
    .action(writeRunsCsv);
}

function addChanges(experiments: Command): void {
  experiments
    .command("rename")
    .description("Rename an active experiment.")
    .requiredOption(...EXPERIMENT_ID)
    .requiredOption("--new-name <TEXT>", "The new name.")
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(renameExperiment);
  experiments
    .command("delete")
    .description("Mark an experiment and its runs as deleted.")
    .requiredOption(...EXPERIMENT_ID)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(deleteExperiment);
  experiments
    .command("restore")
    .description("Restore a deleted experiment.")
    .requiredOption(...EXPERIMENT_ID)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(restoreExperiment);
}

async function createExperiment(flags: CreateFlags): Promise<void> {
  const { experimentName: name, artifactLocation } = flags;
  const experimentId = await withTracking(flags, ({ client }) =>
    client.createExperiment({ name, artifactLocation }),
  );
  const sentence = `Created experiment '${name}' with id ${experimentId}`;
  printResult(flags.json, sentence, { experiment_id: experimentId });
}

async function searchExperiments(flags: SearchFlags): Promise<void> {
  const search = { viewType: viewTypeOf(flags.view), filter: flags.filter };
  const found = await withTracking(flags, ({ client }) =>
    takeAtMost(client.searchExperimentsAll(search), flags.maxResults),
  );
  const table = (): { headers: string[]; rows: string[][] } => ({
    headers: ["Experiment Id", "Name", "Artifact Location"],
    rows: found.map((each) => [each.experimentId, each.name, each.artifactLocation]),
  });
  printRecords(flags.json, table, found.map(experimentToWire));
}

async function getExperiment(flags: GetFlags): Promise<void> {
  const experiment = await withTracking(flags, ({ client }) => getByIdOrName(client, flags));
  if (flags.json || flags.output === "json") return printJson(experimentToWire(experiment));
  printFields(fieldsOf(experiment));
}

async function renameExperiment(flags: RenameFlags): Promise<void> {
  const { experimentId, newName } = flags;
  await withTracking(flags, ({ client }) => client.renameExperiment(experimentId, newName));
  const sentence = `Experiment with id ${experimentId} has been renamed to ${newName}.`;
  printResult(flags.json, sentence, { experiment_id: experimentId, name: newName });
}

async function deleteExperiment(flags: IdFlags): Promise<void> {
  await withTracking(flags, ({ client }) => client.deleteExperiment(flags.experimentId));
  const sentence = `Experiment with ID ${flags.experimentId} has been deleted.`;
  printResult(flags.json, sentence, { experiment_id: flags.experimentId, lifecycle_stage: "deleted" });
}

async function restoreExperiment(flags: IdFlags): Promise<void> {
  await withTracking(flags, ({ client }) => client.restoreExperiment(flags.experimentId));
  const sentence = `Experiment with id ${flags.experimentId} has been restored.`;
  printResult(flags.json, sentence, { experiment_id: flags.experimentId, lifecycle_stage: "active" });
}

async function writeRunsCsv(flags: CsvFlags): Promise<void> {
  const { experimentId, filename, json } = flags;
  if (json && filename === undefined) {
    throw invalid("--json needs --filename; runs list --json prints the runs");
  }
  const csv = await withTracking(flags, async ({ client }) => {
    const { experimentId: id } = await client.getExperiment(experimentId);
    return formatRunsCsv(await Array.fromAsync(client.searchRunsAll({ experimentIds: [id] })));
  });
  if (filename === undefined) return void process.stdout.write(csv);
  await writeFile(filename, csv);
  const sentence = `Experiment with ID ${experimentId} has been exported as a CSV to file: ${filename}.`;
  printResult(json, sentence, { experiment_id: experimentId, filename });
}

async function getByIdOrName(client: MlflowClient, flags: GetFlags): Promise<Experiment> {
  const { experimentId, experimentName } = flags;
  if (experimentId !== undefined && experimentName === undefined)
    return await client.getExperiment(experimentId);
  if (experimentName !== undefined && experimentId === undefined) {
    return await client.getExperimentByName(experimentName);
  }
  const message = "specify exactly one of --experiment-id and --experiment-name";
  throw invalid(message);
}

function fieldsOf(experiment: Experiment): readonly (readonly [string, string])[] {
  return [
    ["Experiment ID", experiment.experimentId],
    ["Name", experiment.name],
    ["Artifact Location", experiment.artifactLocation],
    ["Lifecycle Stage", experiment.lifecycleStage],
    ["Creation Time", formatTime(experiment.creationTimeMs)],
    ["Last Update Time", formatTime(experiment.lastUpdateTimeMs)],
    ["Tags", experiment.tags.map(({ key, value }) => `${key}=${value}`).join(", ")],
  ];
}

/**
 * Formats runs as CSV (RFC 4180, with a header) with the columns of MLflow's `search_runs`: first the run's own fields,
 * then every metric, param and tag of any run. Times are UTC.
 */
export function formatRunsCsv(runs: readonly Run[]): string {
  const records = runs.map(recordOf);
  const names = new Set(records.flatMap((record) => Object.keys(record)));
  const data = ["metrics.", "params.", "tags."].flatMap((prefix) =>
    [...names].filter((name) => name.startsWith(prefix)).sort(),
  );
  const columns = [...INFO_COLUMNS, ...data];
  const lines = records.map((record) => columns.map((column) => record[column] ?? ""));
  return [columns, ...lines].map((cells) => `${cells.map(quoteCell).join(",")}\n`).join("");
}

function recordOf({ info, data }: Run): Readonly<Record<string, string>> {
  const pairs = [
    ...data.metrics.map(({ key, value }) => [`metrics.${key}`, String(value)]),
    ...data.params.map(({ key, value }) => [`params.${key}`, value]),
    ...data.tags.map(({ key, value }) => [`tags.${key}`, value]),
  ];
  return {
    run_id: info.runId,
    experiment_id: info.experimentId,
    status: info.status,
    artifact_uri: info.artifactUri,
    start_time: new Date(info.startTimeMs).toISOString(),
    end_time: info.endTimeMs === undefined ? "" : new Date(info.endTimeMs).toISOString(),
    ...Object.fromEntries(pairs),
  };
}

function quoteCell(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
