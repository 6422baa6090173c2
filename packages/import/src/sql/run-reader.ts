import type { DatasetInput, ModelInput, ModelOutput, RunStatus, Tag } from "@flightdeck/protocol";
import type { ImportedHistory, ImportedRun } from "@flightdeck/store";
import type { Metric } from "@flightdeck/protocol";
import { z } from "zod";
import { POINTS_PER_BATCH, RUNS_PER_PAGE } from "../source/import-source.ts";
import {
  datasetFromRecord,
  malformed,
  optionalText,
  parseRecord,
  runFromRecord,
  TABLE_RECORDS,
  text,
} from "../source/records.ts";
import {
  grouped,
  keyValue,
  placeholders,
  type SourceDatabase,
  type SourceTables,
  textsById,
} from "./source-database.ts";

const RUN_STATUS: z.ZodType<RunStatus> = z
  .enum(["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"])
  .nullish()
  .transform((value) => value ?? "RUNNING");

const RUN_ROWS = z.array(
  z.intersection(TABLE_RECORDS.run, z.object({ run_uuid: text, name: optionalText, status: RUN_STATUS })),
);

const KEY_VALUES = z.array(keyValue);

/** Reads runs from MLflow's tables. `rebase` makes artifact locations absolute. */
export class RunReader {
  readonly #database: SourceDatabase;
  readonly #tables: SourceTables;
  readonly #rebase: (uri: string) => string;

  constructor(database: SourceDatabase, tables: SourceTables, rebase: (uri: string) => string) {
    this.#database = database;
    this.#tables = tables;
    this.#rebase = rebase;
  }

  async *pages(experimentId: string): AsyncGenerator<readonly ImportedRun[], void, undefined> {
    let after = "";
    for (;;) {
      const found = await this.#database.rows(
        `SELECT run_uuid, name, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, deleted_time
          FROM runs WHERE experiment_id = ? AND run_uuid > ? ORDER BY run_uuid LIMIT ${RUNS_PER_PAGE}`,
        [Number(experimentId), after],
      );
      const rows = parseRecord(RUN_ROWS, found, "the table runs");
      const last = rows.at(-1);
      if (last === undefined) return;
      yield await this.#withData(experimentId, rows);
      after = last.run_uuid;
    }
  }

  /** Metric points, ordered by run. */
  async *histories(
    runs: readonly ImportedRun[],
  ): AsyncGenerator<readonly ImportedHistory[], void, undefined> {
    if (runs.length === 0) return;
    const ids = runs.map(({ info }) => info.runId);
    const batches = this.#database.batches(
      `SELECT run_uuid, key, value, timestamp, step, is_nan FROM metrics
        WHERE run_uuid IN (${placeholders(ids)}) ORDER BY run_uuid`,
      ids,
      POINTS_PER_BATCH,
    );
    for await (const rows of batches) yield historiesOf(rows);
  }

  async #withData(experimentId: string, rows: z.output<typeof RUN_ROWS>): Promise<readonly ImportedRun[]> {
    const ids = rows.map((row) => row.run_uuid);
    const params = await this.#texts("params", ids);
    const tags = await this.#texts("tags", ids);
    const datasets = await this.#datasets(ids);
    const models = await this.#models(ids);
    return rows.map((row) =>
      runFromRecord(row, {
        runId: row.run_uuid,
        runName: row.name,
        experimentId,
        status: row.status,
        artifactUri: this.#rebase(row.artifact_uri),
        params: params.get(row.run_uuid) ?? [],
        tags: tags.get(row.run_uuid) ?? [],
        inputs: {
          datasetInputs: datasets.get(row.run_uuid) ?? [],
          modelInputs: models.inputs.get(row.run_uuid) ?? [],
        },
        outputs: { modelOutputs: models.outputs.get(row.run_uuid) ?? [] },
      }),
    );
  }

  async #texts(table: "params" | "tags", ids: readonly string[]): Promise<ReadonlyMap<string, Tag[]>> {
    const found = await this.#database.rows(
      `SELECT run_uuid AS id, key, value FROM ${table} WHERE run_uuid IN (${placeholders(ids)}) ORDER BY key`,
      ids,
    );
    return textsById(parseRecord(KEY_VALUES, found, `the table ${table}`));
  }

  async #datasets(ids: readonly string[]): Promise<ReadonlyMap<string, DatasetInput[]>> {
    if (!this.#tables.has("inputs")) return new Map();
    const found = await this.#database.rows(
      `SELECT i.destination_id AS id, i.input_uuid, d.name, d.digest, d.dataset_source_type AS source_type,
          d.dataset_source AS source, d.dataset_schema AS "schema", d.dataset_profile AS profile
        FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id
        WHERE i.source_type = 'DATASET' AND i.destination_type = 'RUN' AND i.destination_id IN (${placeholders(ids)})
        ORDER BY i.input_uuid`,
      ids,
    );
    const rows = parseRecord(DATASET_ROWS, found, "the table datasets");
    const tags = await this.#inputTags(rows.map((row) => row.input_uuid));
    return grouped(rows, (row) => ({
      dataset: datasetFromRecord(row),
      tags: tags.get(row.input_uuid) ?? [],
    }));
  }

  async #inputTags(ids: readonly string[]): Promise<ReadonlyMap<string, Tag[]>> {
    if (ids.length === 0) return new Map();
    const found = await this.#database.rows(
      `SELECT input_uuid AS id, name AS key, value FROM input_tags WHERE input_uuid IN (${placeholders(ids)})
        ORDER BY name`,
      ids,
    );
    return textsById(parseRecord(KEY_VALUES, found, "the table input_tags"));
  }

  async #models(ids: readonly string[]): Promise<{
    readonly inputs: ReadonlyMap<string, ModelInput[]>;
    readonly outputs: ReadonlyMap<string, ModelOutput[]>;
  }> {
    if (!this.#tables.has("logged_models")) return { inputs: new Map(), outputs: new Map() };
    const found = await this.#database.rows(
      `SELECT source_id AS id, source_type AS type, destination_id AS model, step FROM inputs
        WHERE source_type IN ('RUN_INPUT', 'RUN_OUTPUT') AND source_id IN (${placeholders(ids)})
        ORDER BY step, destination_id`,
      ids,
    );
    const rows = parseRecord(MODEL_ROWS, found, "the table inputs");
    return {
      inputs: grouped(
        rows.filter(({ type }) => type === "RUN_INPUT"),
        ({ model }) => ({ modelId: model }),
      ),
      outputs: grouped(
        rows.filter(({ type }) => type === "RUN_OUTPUT"),
        ({ model, step }) => ({ modelId: model, step }),
      ),
    };
  }
}

const DATASET_ROWS = z.array(z.intersection(TABLE_RECORDS.dataset, z.object({ id: text, input_uuid: text })));

const MODEL_ROWS = z.array(z.object({ id: text, type: text, model: text, step: TABLE_RECORDS.integer }));

function historiesOf(rows: readonly unknown[]): readonly ImportedHistory[] {
  const histories = new Map<string, Metric[]>();
  for (const row of rows) {
    const { runId, metric } = pointOf(row);
    const history = histories.get(runId);
    if (history === undefined) histories.set(runId, [metric]);
    else history.push(metric);
  }
  return [...histories].map(([runId, metrics]) => ({ runId, metrics }));
}

/** Checked by hand, because parsing a row with a schema costs more than inserting it. */
function pointOf(row: unknown): { readonly runId: string; readonly metric: Metric } {
  const { run_uuid, key, value, timestamp, step, is_nan } = row as Record<string, unknown>; // A row of any database.
  const isNan = is_nan === 1 || is_nan === true;
  if (
    typeof run_uuid === "string" &&
    typeof key === "string" &&
    typeof value === "number" &&
    Number.isSafeInteger(timestamp) &&
    Number.isSafeInteger(step)
  ) {
    const metric = {
      key,
      value: isNan ? Number.NaN : value,
      timestampMs: Number(timestamp),
      step: Number(step),
    };
    return { runId: run_uuid, metric };
  }
  throw malformed(
    "the table metrics",
    `a row of run ${JSON.stringify(run_uuid)} has a field of the wrong type`,
  );
}
