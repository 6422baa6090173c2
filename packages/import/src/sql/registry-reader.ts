import type { RegisteredModelAlias } from "@flightdeck/protocol";
import type { ImportedRegisteredModel, ImportedVersion } from "@flightdeck/store";
import { z } from "zod";
import {
  findVersionOfRecord,
  parseRecord,
  registeredModelFromRecord,
  TABLE_RECORDS,
  text,
  type VersionRecord,
} from "../source/records.ts";
import { keyValue, textsById, type SourceDatabase, type SourceTables } from "./source-database.ts";

const MODEL_ROWS = z.array(TABLE_RECORDS.registeredModel);
const VERSION_ROWS = z.array(TABLE_RECORDS.version);
const KEY_VALUES = z.array(keyValue);
const ALIAS_ROWS = z.array(z.object({ alias: text, version: TABLE_RECORDS.integer }));

/** Reads the registry from MLflow's tables, one registered model at a time. */
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
      `SELECT name, creation_time AS creation_timestamp, last_updated_time AS last_updated_timestamp, description
        FROM registered_models
        ${this.#inDefaultWorkspace("WHERE", "registered_models")} ORDER BY name`,
    );
    for (const row of parseRecord(MODEL_ROWS, found, "the table registered_models")) {
      const rows = await this.#versionRows(row.name);
      yield registeredModelFromRecord(row, {
        lastVersion: Math.max(0, ...rows.map(({ version }) => version)),
        tags: (await this.#tags("registered_model_tags", row.name)).get("") ?? [],
        aliases: await this.#aliases(row.name),
        versions: await this.#versions(row.name, rows),
      });
    }
  }

  async #versionRows(name: string): Promise<readonly VersionRecord[]> {
    const hasLocation = this.#tables.get("model_versions")?.has("storage_location") === true;
    const found = await this.#database.rows(
      `SELECT version, creation_time AS creation_timestamp, last_updated_time AS last_updated_timestamp, description,
          user_id, current_stage, source, run_id, run_link, status, status_message, ${hasLocation ? "storage_location" : "source AS storage_location"}
        FROM model_versions WHERE name = ? ${this.#inDefaultWorkspace("AND", "model_versions")} ORDER BY version`,
      [name],
    );
    return parseRecord(VERSION_ROWS, found, "the table model_versions");
  }

  async #versions(name: string, rows: readonly VersionRecord[]): Promise<readonly ImportedVersion[]> {
    const tags = await this.#tags("model_version_tags", name);
    return rows.flatMap((row) => {
      const version = findVersionOfRecord(row, { name, tags: tags.get(String(row.version)) ?? [] });
      return version === undefined ? [] : [this.#rebased(version)];
    });
  }

  #rebased(version: ImportedVersion): ImportedVersion {
    const { source, storageLocation } = version;
    return { ...version, source: this.#rebase(source), storageLocation: this.#rebase(storageLocation) };
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
