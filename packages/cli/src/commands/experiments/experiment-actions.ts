import type { MlflowClient } from "@flightdeck/client";
import { AppError } from "@flightdeck/core";
import { type Experiment, experimentToWire } from "@flightdeck/protocol";
import { writeFile } from "node:fs/promises";
import { formatTime } from "../../output/format-time.ts";
import { printFields } from "../../output/print-fields.ts";
import { printJson } from "../../output/print.ts";
import { printResult } from "../../output/print-result.ts";
import { printRecords } from "../../output/print-table.ts";
import type { DataDirFlag } from "../../tracking/data-dir.ts";
import { withTracking } from "../../tracking/with-tracking.ts";
import type { JsonFlag } from "../json-option.ts";
import { takeAtMost } from "../take-at-most.ts";
import { type View, viewTypeOf } from "../view-type.ts";
import { formatRunsCsv } from "./format-runs-csv.ts";

export type IdFlags = DataDirFlag & JsonFlag & { readonly experimentId: string };
export type CreateFlags = DataDirFlag &
  JsonFlag & { readonly experimentName: string; readonly artifactLocation?: string };
export type SearchFlags = DataDirFlag &
  JsonFlag & { readonly view: View; readonly maxResults?: number; readonly filter?: string };
export type GetFlags = DataDirFlag &
  JsonFlag & {
    readonly experimentId?: string;
    readonly experimentName?: string;
    readonly output: "json" | "table";
  };
export type RenameFlags = IdFlags & { readonly newName: string };
export type CsvFlags = IdFlags & { readonly filename?: string };

export async function createExperiment(flags: CreateFlags): Promise<void> {
  const { experimentName: name, artifactLocation } = flags;
  const experimentId = await withTracking(flags, ({ client }) =>
    client.createExperiment({ name, artifactLocation }),
  );
  const sentence = `Created experiment '${name}' with id ${experimentId}`;
  printResult(flags.json, sentence, { experiment_id: experimentId });
}

export async function searchExperiments(flags: SearchFlags): Promise<void> {
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

export async function getExperiment(flags: GetFlags): Promise<void> {
  const experiment = await withTracking(flags, ({ client }) => getByIdOrName(client, flags));
  if (flags.json || flags.output === "json") return printJson(experimentToWire(experiment));
  printFields(fieldsOf(experiment));
}

export async function renameExperiment(flags: RenameFlags): Promise<void> {
  const { experimentId, newName } = flags;
  await withTracking(flags, ({ client }) => client.renameExperiment(experimentId, newName));
  const sentence = `Experiment with id ${experimentId} has been renamed to ${newName}.`;
  printResult(flags.json, sentence, { experiment_id: experimentId, name: newName });
}

export async function deleteExperiment(flags: IdFlags): Promise<void> {
  await withTracking(flags, ({ client }) => client.deleteExperiment(flags.experimentId));
  const sentence = `Experiment with ID ${flags.experimentId} has been deleted.`;
  printResult(flags.json, sentence, { experiment_id: flags.experimentId, lifecycle_stage: "deleted" });
}

export async function restoreExperiment(flags: IdFlags): Promise<void> {
  await withTracking(flags, ({ client }) => client.restoreExperiment(flags.experimentId));
  const sentence = `Experiment with id ${flags.experimentId} has been restored.`;
  printResult(flags.json, sentence, { experiment_id: flags.experimentId, lifecycle_stage: "active" });
}

export async function writeRunsCsv(flags: CsvFlags): Promise<void> {
  const { experimentId, filename, json } = flags;
  if (json && filename === undefined) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      "--json needs --filename; runs list --json prints the runs",
    );
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
  throw new AppError("INVALID_PARAMETER_VALUE", message);
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
