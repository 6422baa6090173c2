import type { ModelStage, ModelVersionStatus, RegisteredModelAlias } from "@flightdeck/protocol";
import { MODEL_STAGES } from "@flightdeck/protocol";
import type { ImportedRegisteredModel, ImportedVersion } from "@flightdeck/store";
import { z } from "zod";
import { modelIdOf } from "../source/model-id-of.ts";
import { parseRecord } from "../source/malformed.ts";
import { DELETED_STAGE } from "../source/statuses.ts";
import { integer, keyValue, optionalText, text, time } from "./columns.ts";
import { textsById } from "./run-reader.ts";
import type { SourceDatabase, SourceTables } from "./source-database.ts";

const MODEL_ROWS = z.array(
  z.object({ name: text, creation_time: time, last_updated_time: time, description: optionalText }),
);

const VERSION_ROWS = z.array(
  z.object({
    version: integer,
    creation_time: time,
    last_updated_time: time,
    description: optionalText,
    user_id: optionalText,
    current_stage: z
      .enum([...MODEL_STAGES, DELETED_STAGE])
      .nullish()
      .transform((value) => value ?? "None"),
    source: optionalText,
    run_id: optionalText,
    run_link: optionalText,
    status: z
      .enum(["PENDING_REGISTRATION", "FAILED_REGISTRATION", "READY"])
      .nullish()
      .transform((value): ModelVersionStatus => value ?? "READY"),
    status_message: optionalText,
    storage_location: optionalText,
  }),
);

type VersionRow = z.output<typeof VERSION_ROWS>[number];

const KEY_VALUES = z.array(keyValue);
const ALIAS_ROWS = z.array(z.object({ alias: text, version: integer }));

/** Reads the registry from MLflow's tables, one model after the other. */
export class RegistryReader {
  readonly #database: SourceDatabase;
  readonly #tables: SourceTables;
  readonly #rebase: (uri: string) => string;

  constructor(database: SourceDatabase, tables: SourceTables, rebase: (uri: string) => string) {
    this.#database = database;
    this.#tables = tables;
    this.#rebase = rebase;
  }

  async *models(): AsyncGenerator<ImportedRegisteredModel, void, undefined> {
    if (!this.#tables.has("registered_models")) return;
    const found = await this.#database.rows(
      `SELECT name, creation_time, last_updated_time, description FROM registered_models
        ${this.#inDefaultWorkspace("WHERE", "registered_models")} ORDER BY name`,
    );
    for (const row of parseRecord(MODEL_ROWS, found, "the table registered_models")) {
      const rows = await this.#versionRows(row.name);
      yield {
        name: row.name,
        description: row.description,
        creationTimeMs: row.creation_time,
        lastUpdateTimeMs: row.last_updated_time,
        lastVersion: Math.max(0, ...rows.map(({ version }) => version)),
        tags: (await this.#tags("registered_model_tags", row.name)).get("") ?? [],
        aliases: await this.#aliases(row.name),
        versions: await this.#versions(row.name, rows),
      };
    }
  }

  async #versionRows(name: string): Promise<readonly VersionRow[]> {
    const hasLocation = this.#tables.get("model_versions")?.has("storage_location") === true;
    const found = await this.#database.rows(
      `SELECT version, creation_time, last_updated_time, description, user_id, current_stage, source, run_id, run_link,
          status, status_message, ${hasLocation ? "storage_location" : "source AS storage_location"}
        FROM model_versions WHERE name = ? ${this.#inDefaultWorkspace("AND", "model_versions")} ORDER BY version`,
      [name],
    );
    return parseRecord(VERSION_ROWS, found, "the table model_versions");
  }

  async #versions(name: string, rows: readonly VersionRow[]): Promise<readonly ImportedVersion[]> {
    const tags = await this.#tags("model_version_tags", name);
    return rows.flatMap((row) => {
      const { current_stage: currentStage } = row;
      if (currentStage === DELETED_STAGE) return [];
      return [{ ...this.#version(name, row, currentStage), tags: tags.get(String(row.version)) ?? [] }];
    });
  }

  #version(name: string, row: VersionRow, currentStage: ModelStage): Omit<ImportedVersion, "tags"> {
    const source = this.#rebase(row.source);
    const modelId = modelIdOf(row.source);
    return {
      name,
      version: String(row.version),
      creationTimeMs: row.creation_time,
      lastUpdateTimeMs: row.last_updated_time,
      userId: row.user_id,
      currentStage,
      description: row.description,
      source,
      storageLocation: row.storage_location === "" ? source : this.#rebase(row.storage_location),
      runId: row.run_id,
      runLink: row.run_link,
      status: row.status,
      statusMessage: row.status_message,
      ...(modelId !== undefined && { modelId }),
      aliases: [],
    };
  }

  async #tags(
    table: "registered_model_tags" | "model_version_tags",
    name: string,
  ): Promise<ReturnType<typeof textsById>> {
    const id = table === "model_version_tags" ? "CAST(version AS VARCHAR(20))" : "''";
    const found = await this.#database.rows(
      `SELECT ${id} AS id, key, value FROM ${table}
        WHERE name = ? ${this.#inDefaultWorkspace("AND", table)} ORDER BY key`,
      [name],
    );
    return textsById(parseRecord(KEY_VALUES, found, `the table ${table}`));
  }

  async #aliases(name: string): Promise<readonly RegisteredModelAlias[]> {
    const table = "registered_model_aliases";
    if (!this.#tables.has(table)) return [];
    const found = await this.#database.rows(
      `SELECT alias, version FROM ${table} WHERE name = ? ${this.#inDefaultWorkspace("AND", table)} ORDER BY alias`,
      [name],
    );
    return parseRecord(ALIAS_ROWS, found, `the table ${table}`).map(({ alias, version }) => ({
      alias,
      version: String(version),
    }));
  }

  #inDefaultWorkspace(keyword: "AND" | "WHERE", table: string): string {
    return this.#tables.get(table)?.has("workspace") === true ? `${keyword} workspace = 'default'` : "";
  }
}
