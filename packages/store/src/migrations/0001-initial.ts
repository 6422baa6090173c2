import type { DdlTerms } from "../database/dialect.ts";
import type { Migration } from "./migration.ts";

export const initialMigration: Migration = {
  version: 1,
  name: "initial",
  statements: (ddl) => [
    ...experiments(ddl),
    ...runs(ddl),
    ...inputs(ddl),
    ...loggedModels(ddl),
    ...registry(ddl),
  ],
};

function experiments(t: DdlTerms): string[] {
  return [
    `CREATE TABLE experiments (
      id ${t.identity},
      name ${t.text} NOT NULL UNIQUE,
      artifact_location ${t.text} NOT NULL,
      creation_time_ms ${t.integer} NOT NULL,
      last_update_time_ms ${t.integer} NOT NULL,
      deleted_time_ms ${t.integer}
    ) ${t.table}`,
    // Serves the default order of a search in both directions: newest first, then id.
    `CREATE INDEX experiments_by_creation ON experiments (creation_time_ms, id DESC)`,
    `CREATE TABLE experiment_tags (
      experiment_id ${t.integer} NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
      key ${t.text} NOT NULL,
      value ${t.text} NOT NULL,
      PRIMARY KEY (experiment_id, key)
    ) ${t.clusteredTable}`,
  ];
}

function runs(t: DdlTerms): string[] {
  return [
    `CREATE TABLE runs (
      id ${t.identity},
      run_uuid ${t.text} NOT NULL UNIQUE,
      experiment_id ${t.integer} NOT NULL REFERENCES experiments (id),
      name ${t.text} NOT NULL,
      user_id ${t.text} NOT NULL,
      status ${t.text} NOT NULL,
      start_time_ms ${t.integer} NOT NULL,
      end_time_ms ${t.integer},
      artifact_uri ${t.text} NOT NULL,
      deleted_time_ms ${t.integer}
    ) ${t.table}`,
    // The default order of a search: a page is read from the index alone, without a sort.
    `CREATE INDEX runs_by_start ON runs (experiment_id, start_time_ms DESC, run_uuid, deleted_time_ms)`,
    `CREATE TABLE keys (
      id ${t.identity},
      experiment_id ${t.integer} NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
      key ${t.text} NOT NULL,
      UNIQUE (experiment_id, key)
    ) ${t.table}`,
    `CREATE TABLE metrics (
      run_id ${t.integer} NOT NULL,
      key_id ${t.integer} NOT NULL,
      step ${t.integer} NOT NULL,
      timestamp_ms ${t.integer} NOT NULL,
      value ${t.real} NOT NULL,
      is_nan ${t.integer} NOT NULL,
      PRIMARY KEY (run_id, key_id, step, timestamp_ms, value, is_nan)
    ) ${t.clusteredTable}`,
    `CREATE TABLE latest_metrics (
      run_id ${t.integer} NOT NULL,
      key_id ${t.integer} NOT NULL,
      value ${t.real} NOT NULL,
      is_nan ${t.integer} NOT NULL,
      step ${t.integer} NOT NULL,
      timestamp_ms ${t.integer} NOT NULL,
      PRIMARY KEY (run_id, key_id)
    ) ${t.clusteredTable}`,
    // Finds the runs that match a comparison and orders them by value.
    `CREATE INDEX latest_metrics_by_value ON latest_metrics (key_id, is_nan, value, run_id)`,
    ...runTexts(t, "params"),
    ...runTexts(t, "tags"),
  ];
}

function runTexts(t: DdlTerms, table: string): string[] {
  return [
    `CREATE TABLE ${table} (
      run_id ${t.integer} NOT NULL,
      key_id ${t.integer} NOT NULL,
      value ${t.text} NOT NULL,
      PRIMARY KEY (run_id, key_id)
    ) ${t.clusteredTable}`,
    `CREATE INDEX ${table}_by_value ON ${table} (key_id, ${t.indexedText("value")}, run_id)`,
  ];
}

function inputs(t: DdlTerms): string[] {
  return [
    `CREATE TABLE datasets (
      id ${t.identity},
      experiment_id ${t.integer} NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
      name ${t.text} NOT NULL,
      digest ${t.text} NOT NULL,
      source_type ${t.text} NOT NULL,
      source ${t.text} NOT NULL,
      schema ${t.text},
      profile ${t.text},
      UNIQUE (experiment_id, name, digest)
    ) ${t.table}`,
    `CREATE TABLE run_datasets (
      run_id ${t.integer} NOT NULL,
      dataset_id ${t.integer} NOT NULL,
      PRIMARY KEY (run_id, dataset_id)
    ) ${t.clusteredTable}`,
    `CREATE TABLE run_dataset_tags (
      run_id ${t.integer} NOT NULL,
      dataset_id ${t.integer} NOT NULL,
      key ${t.text} NOT NULL,
      value ${t.text} NOT NULL,
      PRIMARY KEY (run_id, dataset_id, key)
    ) ${t.clusteredTable}`,
    `CREATE TABLE run_models (
      run_id ${t.integer} NOT NULL,
      is_output ${t.integer} NOT NULL,
      model_uuid ${t.text} NOT NULL,
      step ${t.integer} NOT NULL,
      PRIMARY KEY (run_id, is_output, model_uuid, step)
    ) ${t.clusteredTable}`,
  ];
}

function loggedModels(t: DdlTerms): string[] {
  return [
    `CREATE TABLE logged_models (
      id ${t.identity},
      model_uuid ${t.text} NOT NULL UNIQUE,
      experiment_id ${t.integer} NOT NULL REFERENCES experiments (id),
      name ${t.text} NOT NULL,
      model_type ${t.text} NOT NULL,
      source_run_id ${t.text} NOT NULL,
      status ${t.text} NOT NULL,
      status_message ${t.text} NOT NULL,
      artifact_uri ${t.text} NOT NULL,
      creation_time_ms ${t.integer} NOT NULL,
      last_update_time_ms ${t.integer} NOT NULL,
      deleted_time_ms ${t.integer}
    ) ${t.table}`,
    `CREATE INDEX logged_models_by_creation ON logged_models (experiment_id, creation_time_ms DESC, model_uuid)`,
    ...ownedTexts(t, "logged_model_tags", "logged_models"),
    ...ownedTexts(t, "logged_model_params", "logged_models"),
    `CREATE TABLE logged_model_metrics (
      model_id ${t.integer} NOT NULL REFERENCES logged_models (id) ON DELETE CASCADE,
      key ${t.text} NOT NULL,
      run_id ${t.integer} NOT NULL,
      dataset_name ${t.text} NOT NULL,
      dataset_digest ${t.text} NOT NULL,
      value ${t.real} NOT NULL,
      is_nan ${t.integer} NOT NULL,
      step ${t.integer} NOT NULL,
      timestamp_ms ${t.integer} NOT NULL,
      PRIMARY KEY (model_id, key, run_id, dataset_name, dataset_digest)
    ) ${t.clusteredTable}`,
  ];
}

function registry(t: DdlTerms): string[] {
  return [
    `CREATE TABLE registered_models (
      id ${t.identity},
      name ${t.text} NOT NULL UNIQUE,
      description ${t.text} NOT NULL,
      creation_time_ms ${t.integer} NOT NULL,
      last_update_time_ms ${t.integer} NOT NULL,
      last_version ${t.integer} NOT NULL
    ) ${t.table}`,
    ...ownedTexts(t, "registered_model_tags", "registered_models"),
    `CREATE TABLE model_versions (
      id ${t.identity},
      model_id ${t.integer} NOT NULL REFERENCES registered_models (id) ON DELETE CASCADE,
      version ${t.integer} NOT NULL,
      creation_time_ms ${t.integer} NOT NULL,
      last_update_time_ms ${t.integer} NOT NULL,
      user_id ${t.text} NOT NULL,
      current_stage ${t.text} NOT NULL,
      description ${t.text} NOT NULL,
      source ${t.text} NOT NULL,
      storage_location ${t.text} NOT NULL,
      run_id ${t.text} NOT NULL,
      run_link ${t.text} NOT NULL,
      status ${t.text} NOT NULL,
      status_message ${t.text} NOT NULL,
      logged_model_uuid ${t.text},
      UNIQUE (model_id, version)
    ) ${t.table}`,
    `CREATE INDEX model_versions_by_stage ON model_versions (model_id, current_stage, version)`,
    `CREATE INDEX model_versions_by_run ON model_versions (run_id)`,
    `CREATE INDEX model_versions_by_update ON model_versions (last_update_time_ms)`,
    `CREATE TABLE model_version_tags (
      version_id ${t.integer} NOT NULL REFERENCES model_versions (id) ON DELETE CASCADE,
      key ${t.text} NOT NULL,
      value ${t.text} NOT NULL,
      PRIMARY KEY (version_id, key)
    ) ${t.clusteredTable}`,
    `CREATE TABLE registered_model_aliases (
      model_id ${t.integer} NOT NULL REFERENCES registered_models (id) ON DELETE CASCADE,
      alias ${t.text} NOT NULL,
      version_id ${t.integer} NOT NULL REFERENCES model_versions (id) ON DELETE CASCADE,
      PRIMARY KEY (model_id, alias)
    ) ${t.clusteredTable}`,
    `CREATE INDEX registered_model_aliases_by_version ON registered_model_aliases (version_id)`,
  ];
}

function ownedTexts(t: DdlTerms, table: string, owner: string): string[] {
  return [
    `CREATE TABLE ${table} (
      model_id ${t.integer} NOT NULL REFERENCES ${owner} (id) ON DELETE CASCADE,
      key ${t.text} NOT NULL,
      value ${t.text} NOT NULL,
      PRIMARY KEY (model_id, key)
    ) ${t.clusteredTable}`,
  ];
}
