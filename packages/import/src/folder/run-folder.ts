import type { DatasetInput, ModelInput, ModelOutput, RunStatus } from "@flightdeck/protocol";
import type { ImportedHistory, ImportedRun } from "@flightdeck/store";
import { z } from "zod";
import { POINTS_PER_BATCH } from "../source/import-source.ts";
import { distinctPoints } from "../source/distinct-points.ts";
import { malformed, parseRecord } from "../source/malformed.ts";
import { RUN_STATUS_BY_NUMBER } from "../source/statuses.ts";
import { integer, optionalInteger, optionalText, stage, text, time } from "./fields.ts";
import type { FolderReader } from "./folder-reader.ts";
import { parsePoint } from "./parse-point.ts";
import { readTexts } from "./read-texts.ts";
import { rebasedArtifacts } from "./rebased-artifacts.ts";

const RUN = z.object({
  run_id: z.string().nullish(),
  run_uuid: z.string().nullish(),
  run_name: optionalText,
  name: optionalText,
  user_id: optionalText,
  status: z.string().nullish(),
  start_time: time,
  end_time: optionalInteger,
  artifact_uri: optionalText,
  lifecycle_stage: stage,
  deleted_time: optionalInteger,
});

/** Where a run is: `root/<experiment>/<run id>`. */
export type RunFolder = {
  readonly reader: FolderReader;
  readonly experimentFolder: string;
  readonly path: string;
};

/** Reads all of a run but its metrics. */
export async function readRun(
  { reader, experimentFolder, path }: RunFolder,
  experimentId: string,
): Promise<ImportedRun> {
  const where = `${path}/meta.yaml`;
  const meta = parseRecord(RUN, await reader.record(where), where);
  const runId = path.slice(path.lastIndexOf("/") + 1);
  const written = meta.run_id ?? meta.run_uuid;
  if (written !== runId) throw malformed(where, `its run_id is ${JSON.stringify(written)}`);
  return {
    info: {
      runId,
      runName: meta.run_name || meta.name,
      experimentId,
      userId: meta.user_id,
      status: statusOf(meta.status, where),
      startTimeMs: meta.start_time,
      ...(meta.end_time !== undefined && { endTimeMs: meta.end_time }),
      artifactUri: rebasedArtifacts(meta.artifact_uri, reader.root, path),
      lifecycleStage: meta.lifecycle_stage,
    },
    data: {
      metrics: [],
      params: await readTexts(reader, `${path}/params`),
      tags: await readTexts(reader, `${path}/tags`),
    },
    inputs: await readInputs(reader, experimentFolder, path),
    outputs: { modelOutputs: await readOutputs(reader, path) },
    ...(meta.deleted_time !== undefined && { deletedTimeMs: meta.deleted_time }),
  };
}

/** All points of a run, metric after metric. */
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

const DATASET = z.object({
  name: text,
  digest: text,
  source_type: optionalText,
  source: optionalText,
  schema: z.string().nullish(),
  profile: z.string().nullish(),
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

/** A dataset that was removed by hand is no input any more, as in MLflow. */
async function findDataset(
  reader: FolderReader,
  experimentFolder: string,
  datasetId: string,
): Promise<DatasetInput["dataset"] | undefined> {
  if (!/^[0-9a-f]+$/.test(datasetId)) return undefined;
  const where = `${experimentFolder}/datasets/${datasetId}/meta.yaml`;
  if (!(await reader.exists(where))) return undefined;
  const { name, digest, source_type, source, schema, profile } = parseRecord(
    DATASET,
    await reader.record(where),
    where,
  );
  return {
    name,
    digest,
    sourceType: source_type,
    source,
    ...(typeof schema === "string" && { schema }),
    ...(typeof profile === "string" && { profile }),
  };
}

const OUTPUT = z.object({ destination_type: text, destination_id: text, step: integer.default(0) });

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

function statusOf(status: string | null | undefined, where: string): RunStatus {
  if (status === null || status === undefined) return "RUNNING";
  const known = RUN_STATUS_BY_NUMBER[Number(status)];
  if (known !== undefined) return known;
  const named = Object.values(RUN_STATUS_BY_NUMBER).find((each) => each === status);
  if (named !== undefined) return named;
  throw malformed(where, `its status is ${JSON.stringify(status)}`);
}
