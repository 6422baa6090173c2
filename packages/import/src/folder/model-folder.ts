import type { LoggedModelStatus, Metric } from "@flightdeck/protocol";
import type { ImportedModel } from "@flightdeck/store";
import { z } from "zod";
import { malformed, parseRecord } from "../source/malformed.ts";
import { MODEL_STATUS_BY_NUMBER } from "../source/statuses.ts";
import { optionalInteger, optionalText, stage, text, time } from "./fields.ts";
import type { FolderReader } from "./folder-reader.ts";
import { parsePoint } from "./parse-point.ts";
import { readTexts } from "./read-texts.ts";
import { rebasedArtifacts } from "./rebased-artifacts.ts";

const MODEL = z.object({
  model_id: text,
  name: text,
  artifact_location: optionalText,
  creation_timestamp: time,
  last_updated_timestamp: time,
  status: optionalInteger,
  status_message: optionalText,
  lifecycle_stage: stage,
  model_type: optionalText,
  source_run_id: optionalText,
});

/** Reads a logged model: `root/<experiment>/models/<model id>`. */
export async function readModel(
  reader: FolderReader,
  path: string,
  experimentId: string,
): Promise<ImportedModel> {
  const where = `${path}/meta.yaml`;
  const meta = parseRecord(MODEL, await reader.record(where), where);
  if (meta.model_id !== path.split("/").at(-1)) throw malformed(where, `its model_id is ${meta.model_id}`);
  return {
    modelId: meta.model_id,
    experimentId,
    name: meta.name,
    modelType: meta.model_type,
    sourceRunId: meta.source_run_id,
    status: statusOf(meta.status),
    statusMessage: meta.status_message,
    artifactUri: rebasedArtifacts(meta.artifact_location, reader.root, path),
    creationTimeMs: meta.creation_timestamp,
    lastUpdateTimeMs: meta.last_updated_timestamp,
    isDeleted: meta.lifecycle_stage === "deleted",
    params: await readTexts(reader, `${path}/params`),
    tags: await readTexts(reader, `${path}/tags`),
    metrics: await readMetrics(reader, path, meta.model_id),
  };
}

async function readMetrics(
  reader: FolderReader,
  path: string,
  modelId: string,
): Promise<readonly (Metric & { readonly runId: string })[]> {
  const metrics: (Metric & { readonly runId: string })[] = [];
  for (const key of await reader.filesBelow(`${path}/metrics`)) {
    const file = `${path}/metrics/${key}`;
    for await (const line of reader.lines(file)) {
      const { rest, ...point } = parsePoint(line, file);
      const [runId, datasetName, datasetDigest] = rest;
      if (runId === undefined) throw malformed(file, "a line names no run");
      metrics.push({
        key,
        ...point,
        modelId,
        runId,
        ...(datasetName !== undefined && { datasetName }),
        ...(datasetDigest !== undefined && { datasetDigest }),
      });
    }
  }
  return metrics;
}

function statusOf(status: number | undefined): LoggedModelStatus {
  return MODEL_STATUS_BY_NUMBER[status ?? 0] ?? "LOGGED_MODEL_STATUS_UNSPECIFIED";
}
