import type { DatasetInput, ModelInput, ModelOutput, RunStatus } from "@flightdeck/protocol";
import type { ImportedHistory, ImportedRun } from "@flightdeck/store";
import { z } from "zod";
import { POINTS_PER_BATCH, distinctPoints } from "../source/import-source.ts";
import {
  datasetFromRecord,
  FILE_RECORDS,
  malformed,
  optionalText,
  parseRecord,
  runFromRecord,
  text,
} from "../source/records.ts";
import { type FolderReader, readTexts, rebasedArtifacts } from "./folder-reader.ts";
import { parsePoint } from "./file-formats.ts";

const RUN = z.intersection(
  FILE_RECORDS.run,
  z.object({
    run_id: z.string().nullish(),
    run_uuid: z.string().nullish(),
    run_name: optionalText,
    name: optionalText,
    status: z.string().nullish(),
  }),
);

/** A run's folder: `root/<experiment>/<run id>`. */
export type RunFolder = {
  readonly reader: FolderReader;
  readonly experimentFolder: string;
  readonly path: string;
};

/** Reads a run without its metrics. */
export async function readRun(
  { reader, experimentFolder, path }: RunFolder,
  experimentId: string,
): Promise<ImportedRun> {
  const where = `${path}/meta.yaml`;
  const meta = parseRecord(RUN, await reader.record(where), where);
  const runId = path.slice(path.lastIndexOf("/") + 1);
  const written = meta.run_id ?? meta.run_uuid;
  if (written !== runId) throw malformed(where, `its run_id is ${JSON.stringify(written)}`);
  return runFromRecord(meta, {
    runId,
    runName: meta.run_name || meta.name,
    experimentId,
    status: statusOf(meta.status, where),
    artifactUri: rebasedArtifacts(meta.artifact_uri, reader.root, path),
    params: await readTexts(reader, `${path}/params`),
    tags: await readTexts(reader, `${path}/tags`),
    inputs: await readInputs(reader, experimentFolder, path),
    outputs: { modelOutputs: await readOutputs(reader, path) },
  });
}

/** Yields all points of a run, one metric after the other. */
export async function* readHistory(
  { reader, path }: Pick<RunFolder, "reader" | "path">,
  runId: string,
): AsyncGenerator<ImportedHistory, void, undefined> {
  for (const key of await reader.filesBelow(`${path}/metrics`)) {
    const file = `${path}/metrics/${key}`;
    const points = distinctPoints(pointsOf(reader, file, key), file);
    for await (const metrics of batched(points, POINTS_PER_BATCH)) yield { runId, metrics };
  }
}

async function* pointsOf(reader: FolderReader, file: string, key: string) {
  for await (const line of reader.lines(file)) {
    const { timestampMs, value, step } = parsePoint(line, file);
    yield { key, timestampMs, value, step };
  }
}

async function* batched<T>(
  items: AsyncIterable<T>,
  size: number,
): AsyncGenerator<readonly T[], void, undefined> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const INPUT = z.object({
  source_type: text,
  source_id: text,
  tags: z.record(z.string(), optionalText).nullish(),
});

async function readInputs(
  reader: FolderReader,
  experimentFolder: string,
  path: string,
): Promise<{ readonly datasetInputs: readonly DatasetInput[]; readonly modelInputs: readonly ModelInput[] }> {
  const datasetInputs: DatasetInput[] = [];
  const modelInputs: ModelInput[] = [];
  for (const name of await reader.folders(`${path}/inputs`)) {
    const where = `${path}/inputs/${name}/meta.yaml`;
    const input = parseRecord(INPUT, await reader.record(where), where);
    if (input.source_type === "MODEL") modelInputs.push({ modelId: input.source_id });
    if (input.source_type !== "DATASET") continue;
    const dataset = await findDataset(reader, experimentFolder, input.source_id);
    const tags = Object.entries(input.tags ?? {}).map(([key, value]) => ({ key, value }));
    if (dataset !== undefined) datasetInputs.push({ dataset, tags });
  }
  return { datasetInputs, modelInputs };
}

/** An input whose dataset was removed by hand is skipped, as in MLflow. */
async function findDataset(
  reader: FolderReader,
  experimentFolder: string,
  datasetId: string,
): Promise<DatasetInput["dataset"] | undefined> {
  if (!/^[0-9a-f]+$/.test(datasetId)) return undefined;
  const where = `${experimentFolder}/datasets/${datasetId}/meta.yaml`;
  if (!(await reader.exists(where))) return undefined;
  return datasetFromRecord(parseRecord(FILE_RECORDS.dataset, await reader.record(where), where));
}

const OUTPUT = z.object({
  destination_type: text,
  destination_id: text,
  step: FILE_RECORDS.integer.default(0),
});

async function readOutputs(reader: FolderReader, path: string): Promise<readonly ModelOutput[]> {
  const outputs: ModelOutput[] = [];
  for (const name of await reader.folders(`${path}/outputs`)) {
    const where = `${path}/outputs/${name}/meta.yaml`;
    const output = parseRecord(OUTPUT, await reader.record(where), where);
    if (output.destination_type !== "MODEL_OUTPUT") continue;
    outputs.push({ modelId: output.destination_id, step: output.step });
  }
  return outputs;
}

/** MLflow's numbers for a run's status (`RunStatus` in its protos). */
const RUN_STATUS_BY_NUMBER: Readonly<Record<number, RunStatus>> = {
  1: "RUNNING",
  2: "SCHEDULED",
  3: "FINISHED",
  4: "FAILED",
  5: "KILLED",
};

function statusOf(status: string | null | undefined, where: string): RunStatus {
  if (status === null || status === undefined) return "RUNNING";
  const known = RUN_STATUS_BY_NUMBER[Number(status)];
  if (known !== undefined) return known;
  const named = Object.values(RUN_STATUS_BY_NUMBER).find((each) => each === status);
  if (named !== undefined) return named;
  throw malformed(where, `its status is ${JSON.stringify(status)}`);
}
