import { AppError } from "@flightdeck/core";
import type { ImportedExperiment, ImportedHistory, ImportedModel, ImportedRun } from "@flightdeck/store";
import type { ImportedRegisteredModel } from "@flightdeck/store";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { ArtifactOrigins } from "../source/artifact-origins.ts";
import type { ImportSource } from "../source/import-source.ts";
import { experimentFromRecord, parseRecord, TABLE_RECORDS } from "../source/records.ts";
import { ModelReader } from "./model-reader.ts";
import { RegistryReader } from "./registry-reader.ts";
import { RunReader } from "./run-reader.ts";
import { keyValue, textsById, type SourceDatabase, type SourceTables } from "./source-database.ts";

const EXPERIMENT_ROWS = z.array(
  z.intersection(TABLE_RECORDS.experiment, z.object({ experiment_id: TABLE_RECORDS.integer })),
);

/**
 * Alembic revisions of MLflow's database from 1.30 to 3.17 (`mlflow/store/db_migrations/versions`), oldest first. All changes
 * that matter here added tables or columns, whose presence the readers check, so every revision in between works.
 */
const KNOWN_REVISIONS: readonly string[] = `97727af70f4d 3500859a5d39 7f2a7d5fae7d 2d6e25af4d3e acf3f17fdcc7
  867495a8f9d4 5b0e9adcef9c 4465047574b1 f5a4f2784254 0584bdc529eb 400f98739977 6953534de441 bda7b8c39065 cbc13b556ace
  770bee3ae1dd a1b2c3d4e5f6 de4033877273 1a0cddfcaa16 534353b11cbc 71994744cf8e 3da73c924c2f bf29a5ff90ea 1bd49d398cd23
  b7c8d9e0f1a2 5d2d30f0abce c9d4e5f6a7b8 2c33131f4dae d3e4f5a6b7c8 d0e1f2a3b4c5 c8d9e0f1a2b3 1b5f0d9ad7c1 e1f2a3b4c5d6
  76601a5f987d c3d6457b6d8a a5b4c3d2e1f0 ae8bbe7743c9 7d34483879f0 da6fb0208061 89d3d66ed43f b7e4c1a90f23 a8b9c0d1e2f3
  c1d2e3f4a5b6 c3d9e7f1a2b4 6f8d9c3b2a1e 1971f2d9a75b 17e22815139b b7e2c1a4d9f3 75868b020152 dc11669786a5`.split(
  /\s+/,
);

/** Revisions before 1.30's, oldest first. */
const OLDER_REVISIONS: readonly string[] = `451aebb31d03 90e64c465722 181f10493468 df50e92ffc5e 7ac759974ad8
  89d4b8295536 2b4d017a5e9b cfd24bdc0731 0a8213491aaa 728d730b5ebd 27a6a02d2cf1 84291f40a231 a8c4a736bde6 39d1c3be5f05
  c48cb773bb87 bd07f7e963c5 0c779009ac13 cc1f77228345`.split(/\s+/);

const REVISION_ROWS = z.array(z.object({ version_num: z.string() }));

/** Tables that are not imported, with the noun for a note. */
const SKIPPED_TABLES: Readonly<Record<string, string>> = {
  trace_info: "traces",
  webhooks: "webhooks",
  scorers: "scorers",
  evaluation_datasets: "evaluation datasets",
  endpoints: "gateway endpoints",
};

/**
 * The default artifact folders of MLflow's server: for proxied artifacts, and for those that clients access directly. Not the
 * whole folder of the database, which may be a home directory.
 */
const ARTIFACT_FOLDERS = ["mlartifacts", "mlruns"] as const;

export type SqlSourceOptions = {
  /** The real path of a folder that artifacts may be read from, and that `mlflow-artifacts:` URIs refer to. */
  readonly artifacts?: string | undefined;
};

/** The database of an MLflow tracking server, on SQLite or PostgreSQL. */
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
    this.artifacts = new ArtifactOrigins({ folders, proxiedFolder });
    this.#database = database;
    this.#tables = tables;
    this.#runs = new RunReader(database, tables, rebase);
    this.#models = new ModelReader(database, tables, rebase);
    this.#registry = new RegistryReader(database, tables, rebase);
  }

  /** Takes ownership of the database: closes it together with the source, or when opening fails. */
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
      yield experimentFromRecord(row, {
        experimentId,
        artifactLocation: rebased(row.artifact_location, this.#database.folder),
        tags: tags.get(experimentId) ?? [],
      });
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

  async skipped(): Promise<readonly string[]> {
    const sentences: string[] = [];
    for (const [table, what] of Object.entries(SKIPPED_TABLES)) {
      if (!this.#tables.has(table)) continue;
      const count = await this.#count(table);
      if (count > 0) sentences.push(`${count} ${what} are not imported`);
    }
    for (const table of ["experiments", "registered_models"]) {
      if (!this.#hasWorkspaces(table)) continue;
      const count = await this.#count(table, "WHERE workspace <> 'default'");
      const what = table.replace("_", " ");
      if (count > 0) sentences.push(`${count} ${what} in workspaces other than default are not imported`);
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
    const [row] = parseRecord(
      z.array(z.object({ count: TABLE_RECORDS.integer })),
      rows,
      `the table ${table}`,
    );
    return row?.count ?? 0;
  }

  async #experimentTags(): Promise<ReturnType<typeof textsById>> {
    const found = await this.#database.rows(
      "SELECT CAST(experiment_id AS VARCHAR(20)) AS id, key, value FROM experiment_tags ORDER BY key",
    );
    return textsById(parseRecord(z.array(keyValue), found, "the table experiment_tags"));
  }
}

/** A relative location is relative to the server's working directory, which is usually the database file's folder. */
function rebased(uri: string, folder: string | undefined): string {
  const isRelative = uri !== "" && !/^([a-z][a-z0-9+.-]+:|\/)/i.test(uri);
  return isRelative && folder !== undefined ? pathToFileURL(join(folder, uri)).href : uri;
}

/** Throws `INVALID_PARAMETER_VALUE` when the database is not MLflow's, `INVALID_STATE` when its schema is not supported. */
async function checkSchema(database: SourceDatabase, tables: SourceTables): Promise<void> {
  const { identity } = database;
  if (!tables.has("alembic_version") || !tables.has("experiments") || !tables.has("runs")) {
    const message = `${identity} is not an MLflow tracking database: it has no tables alembic_version, experiments and runs`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  const found = await database.rows("SELECT version_num FROM alembic_version");
  const [row] = parseRecord(REVISION_ROWS, found, "the table alembic_version");
  const revision = row?.version_num ?? "none";
  if (KNOWN_REVISIONS.includes(revision)) return;
  const problem = OLDER_REVISIONS.includes(revision)
    ? "is older than MLflow 1.30's: upgrade it with `mlflow db upgrade`"
    : "is not one of MLflow 1.30 to 3.17's; a newer flightdeck may support it";
  throw new AppError(
    "INVALID_STATE",
    `the schema of ${identity} (revision ${JSON.stringify(revision)}) ${problem}`,
  );
}
