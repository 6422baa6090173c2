import type { Metric } from "@flightdeck/protocol";
import type { ImportedModel } from "@flightdeck/store";
import { z } from "zod";
import { RUNS_PER_PAGE } from "../source/import-source.ts";
import { modelFromRecord, optionalText, parseRecord, TABLE_RECORDS, text } from "../source/records.ts";
import {
  grouped,
  keyValue,
  placeholders,
  textsById,
  type SourceDatabase,
  type SourceTables,
} from "./source-database.ts";

const MODEL_ROWS = z.array(TABLE_RECORDS.model);

const METRIC_ROWS = z.array(
  z.object({
    id: text,
    key: text,
    value: z.number().nullish(),
    timestamp: TABLE_RECORDS.integer,
    step: TABLE_RECORDS.integer,
    run_id: text,
    dataset_name: optionalText,
    dataset_digest: optionalText,
  }),
);

const KEY_VALUES = z.array(keyValue);

/** Reads logged models from MLflow's tables. Databases before MLflow 3 have none. */
export class ModelReader {
  readonly #database: SourceDatabase;
  readonly #tables: SourceTables;
  readonly #rebase: (uri: string) => string;

  constructor(database: SourceDatabase, tables: SourceTables, rebase: (uri: string) => string) {
    this.#database = database;
    this.#tables = tables;
    this.#rebase = rebase;
  }

  async *pages(experimentId: string): AsyncGenerator<readonly ImportedModel[], void, undefined> {
    if (!this.#tables.has("logged_models")) return;
    let after = "";
    for (;;) {
      const found = await this.#database.rows(
        `SELECT model_id, name, artifact_location, creation_timestamp_ms AS creation_timestamp,
            last_updated_timestamp_ms AS last_updated_timestamp, status, lifecycle_stage, model_type, source_run_id,
            status_message
          FROM logged_models WHERE experiment_id = ? AND model_id > ? ORDER BY model_id LIMIT ${RUNS_PER_PAGE}`,
        [Number(experimentId), after],
      );
      const rows = parseRecord(MODEL_ROWS, found, "the table logged_models");
      const last = rows.at(-1);
      if (last === undefined) return;
      yield await this.#withData(experimentId, rows);
      after = last.model_id;
    }
  }

  async #withData(
    experimentId: string,
    rows: z.output<typeof MODEL_ROWS>,
  ): Promise<readonly ImportedModel[]> {
    const ids = rows.map((row) => row.model_id);
    const params = await this.#texts("param", ids);
    const tags = await this.#texts("tag", ids);
    const metrics = await this.#metrics(ids);
    return rows.map((row) =>
      modelFromRecord(row, {
        experimentId,
        artifactUri: this.#rebase(row.artifact_location),
        params: params.get(row.model_id) ?? [],
        tags: tags.get(row.model_id) ?? [],
        metrics: metrics.get(row.model_id) ?? [],
      }),
    );
  }

  async #texts(what: "param" | "tag", ids: readonly string[]): Promise<ReturnType<typeof textsById>> {
    const table = `logged_model_${what}s`;
    const found = await this.#database.rows(
      `SELECT model_id AS id, ${what}_key AS key, ${what}_value AS value FROM ${table}
        WHERE model_id IN (${placeholders(ids)}) ORDER BY ${what}_key`,
      ids,
    );
    return textsById(parseRecord(KEY_VALUES, found, `the table ${table}`));
  }

  async #metrics(ids: readonly string[]): Promise<ReadonlyMap<string, (Metric & { runId: string })[]>> {
    const found = await this.#database.rows(
      `SELECT model_id AS id, metric_name AS key, metric_value AS value, metric_timestamp_ms AS timestamp,
          metric_step AS step, run_id, dataset_name, dataset_digest
        FROM logged_model_metrics WHERE model_id IN (${placeholders(ids)})`,
      ids,
    );
    const rows = parseRecord(METRIC_ROWS, found, "the table logged_model_metrics");
    return grouped(rows, (row) => ({
      key: row.key,
      value: row.value ?? Number.NaN,
      timestampMs: row.timestamp,
      step: row.step,
      modelId: row.id,
      runId: row.run_id,
      datasetName: row.dataset_name || undefined,
      datasetDigest: row.dataset_digest || undefined,
    }));
  }
}
