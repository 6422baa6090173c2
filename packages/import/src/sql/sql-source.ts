import type { ImportedExperiment, ImportedHistory, ImportedModel, ImportedRun } from "@flightdeck/store";
import type { ImportedRegisteredModel } from "@flightdeck/store";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { ArtifactOrigins } from "../artifacts/artifact-origins.ts";
import type { ImportSource } from "../source/import-source.ts";
import { parseRecord } from "../source/malformed.ts";
import { integer, keyValue, optionalText, stage, text, time } from "./columns.ts";
import { checkSchema } from "./known-schemas.ts";
import { ModelReader } from "./model-reader.ts";
import { RegistryReader } from "./registry-reader.ts";
import { RunReader, textsById } from "./run-reader.ts";
import type { SourceDatabase, SourceTables } from "./source-database.ts";

const EXPERIMENT_ROWS = z.array(
  z.object({
    experiment_id: integer,
    name: text,
    artifact_location: optionalText,
    lifecycle_stage: stage,
    creation_time: time,
    last_update_time: time,
  }),
);

/** Tables whose rows are told of, since they are not imported. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  trace_info: "traces",
  webhooks: "webhooks",
  scorers: "scorers",
  evaluation_datasets: "evaluation datasets",
  endpoints: "gateway endpoints",
};

/**
 * Where MLflow's server keeps artifacts when it is told nothing: its proxy's, and those that it lets clients reach. Not the
 * whole folder of the database, which may be somebody's home.
 */
const ARTIFACT_FOLDERS = ["mlartifacts", "mlruns"] as const;

export type SqlSourceOptions = {
  /** Real path of the folder that `mlflow-artifacts:` URIs stand for, and that artifacts may be read from. */
  readonly artifacts?: string | undefined;
};

/** The database of MLflow's tracking server, whatever database that is. */
export class SqlSource implements ImportSource {
  readonly identity: string;
  readonly artifacts: ArtifactOrigins;
  readonly #database: SourceDatabase;
  readonly #tables: SourceTables;
  readonly #runs: RunReader;
  readonly #models: ModelReader;
  readonly #registry: RegistryReader;

  private constructor(database: SourceDatabase, tables: SourceTables, { artifacts }: SqlSourceOptions) {
    const { folder } = database;
    const beside = folder === undefined ? [] : ARTIFACT_FOLDERS.map((name) => join(folder, name));
    const folders = artifacts === undefined ? beside : [...beside, artifacts];
    const proxiedFolder = artifacts ?? beside[0];
    const rebase = (uri: string): string => rebased(uri, folder);
    this.identity = database.identity;
    this.artifacts = new ArtifactOrigins({ folders, ...(proxiedFolder !== undefined && { proxiedFolder }) });
    this.#database = database;
    this.#tables = tables;
    this.#runs = new RunReader(database, tables, rebase);
    this.#models = new ModelReader(database, tables, rebase);
    this.#registry = new RegistryReader(database, tables, rebase);
  }

  /** Takes the database over: it is closed with the source, and when it is not MLflow's. */
  static async open(database: SourceDatabase, options: SqlSourceOptions = {}): Promise<SqlSource> {
    try {
      const tables = await database.columns();
      await checkSchema(database, tables);
      return new SqlSource(database, tables, options);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  async *experiments(): AsyncGenerator<ImportedExperiment, void, undefined> {
    const found = await this.#database.rows(
      `SELECT experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time FROM experiments
        ${this.#hasWorkspaces("experiments") ? "WHERE workspace = 'default'" : ""} ORDER BY experiment_id`,
    );
    const tags = await this.#experimentTags();
    for (const row of parseRecord(EXPERIMENT_ROWS, found, "the table experiments")) {
      const experimentId = String(row.experiment_id);
      yield {
        experimentId,
        name: row.name,
        artifactLocation: rebased(row.artifact_location, this.#database.folder),
        lifecycleStage: row.lifecycle_stage,
        creationTimeMs: row.creation_time,
        lastUpdateTimeMs: row.last_update_time,
        tags: tags.get(experimentId) ?? [],
      };
    }
  }

  runs(experimentId: string): AsyncIterable<readonly ImportedRun[]> {
    return this.#runs.pages(experimentId);
  }

  histories(runs: readonly ImportedRun[]): AsyncIterable<readonly ImportedHistory[]> {
    return this.#runs.histories(runs);
  }

  models(experimentId: string): AsyncIterable<readonly ImportedModel[]> {
    return this.#models.pages(experimentId);
  }

  registeredModels(): AsyncIterable<ImportedRegisteredModel> {
    return this.#registry.models();
  }

  async leftOut(): Promise<readonly string[]> {
    const sentences: string[] = [];
    for (const [table, what] of Object.entries(LEFT_OUT)) {
      if (!this.#tables.has(table)) continue;
      const count = await this.#count(table);
      if (count > 0) sentences.push(`${count} ${what} are not imported`);
    }
    for (const table of ["experiments", "registered_models"]) {
      if (!this.#hasWorkspaces(table)) continue;
      const count = await this.#count(table, "WHERE workspace <> 'default'");
      const what = table.replace("_", " ");
      if (count > 0) sentences.push(`${count} ${what} of other workspaces than default are not imported`);
    }
    return sentences;
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  #hasWorkspaces(table: string): boolean {
    return this.#tables.get(table)?.has("workspace") === true;
  }

  async #count(table: string, where = ""): Promise<number> {
    const rows = await this.#database.rows(`SELECT count(*) AS count FROM ${table} ${where}`);
    const [row] = parseRecord(z.array(z.object({ count: integer })), rows, `the table ${table}`);
    return row?.count ?? 0;
  }

  async #experimentTags(): Promise<ReturnType<typeof textsById>> {
    const found = await this.#database.rows(
      "SELECT CAST(experiment_id AS VARCHAR(20)) AS id, key, value FROM experiment_tags ORDER BY key",
    );
    return textsById(parseRecord(z.array(keyValue), found, "the table experiment_tags"));
  }
}

/** A relative location is relative to where the server was started, which is where its database file lies. */
function rebased(uri: string, folder: string | undefined): string {
  const isRelative = uri !== "" && !/^([a-z][a-z0-9+.-]+:|\/)/i.test(uri);
  return isRelative && folder !== undefined ? pathToFileURL(join(folder, uri)).href : uri;
}
