import type { DdlTerms } from "../database/dialect.ts";
import type { Migration } from "./migration.ts";

/** Records what `flightdeck import` has done, so that it can resume. */
export const importedMigration: Migration = {
  version: 2,
  name: "imported",
  statements: (t) => [
    `CREATE TABLE imported (
      kind ${t.text} NOT NULL,
      source ${t.text} NOT NULL,
      source_id ${t.text} NOT NULL,
      target_id ${t.text} NOT NULL,
      state ${t.text} NOT NULL,
      points ${t.integer} NOT NULL,
      files ${t.integer} NOT NULL,
      PRIMARY KEY (kind, source, source_id)
    ) ${t.clusteredTable}`,
  ],
};

export const tracesMigration: Migration = {
  version: 3,
  name: "traces",
  statements: (t) => [
    `CREATE TABLE traces (
      id ${t.identity},
      trace_uuid ${t.text} NOT NULL UNIQUE,
      experiment_id ${t.integer} NOT NULL REFERENCES experiments (id),
      timestamp_ms ${t.integer} NOT NULL,
      execution_time_ms ${t.integer},
      status ${t.text} NOT NULL,
      client_request_id ${t.text},
      request_preview ${t.text},
      response_preview ${t.text},
      span_count ${t.integer} NOT NULL,
      span_bytes ${t.integer} NOT NULL
    ) ${t.table}`,
    // The default order of a search.
    `CREATE INDEX traces_by_timestamp ON traces (experiment_id, timestamp_ms DESC, trace_uuid)`,
    ...texts(t, "trace_tags"),
    ...texts(t, "trace_metadata"),
    `CREATE TABLE trace_runs (
      run_id ${t.integer} NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
      trace_id ${t.integer} NOT NULL REFERENCES traces (id) ON DELETE CASCADE,
      PRIMARY KEY (run_id, trace_id)
    ) ${t.clusteredTable}`,
    `CREATE INDEX trace_runs_by_trace ON trace_runs (trace_id)`,
    ...assessments(t),
    ...spans(t),
  ],
};

function texts(t: DdlTerms, table: string): string[] {
  return [
    `CREATE TABLE ${table} (
      trace_id ${t.integer} NOT NULL REFERENCES traces (id) ON DELETE CASCADE,
      key ${t.text} NOT NULL,
      value ${t.text} NOT NULL,
      PRIMARY KEY (trace_id, key)
    ) ${t.clusteredTable}`,
  ];
}

function assessments(t: DdlTerms): string[] {
  return [
    `CREATE TABLE trace_assessments (
      id ${t.identity},
      trace_id ${t.integer} NOT NULL REFERENCES traces (id) ON DELETE CASCADE,
      assessment_uuid ${t.text} NOT NULL,
      kind ${t.text} NOT NULL,
      name ${t.text} NOT NULL,
      span_id ${t.text},
      source_type ${t.text} NOT NULL,
      source_id ${t.text} NOT NULL,
      create_time_ms ${t.integer} NOT NULL,
      last_update_time_ms ${t.integer} NOT NULL,
      value ${t.text} NOT NULL,
      value_text ${t.text} NOT NULL,
      value_number ${t.real},
      error ${t.text},
      rationale ${t.text},
      metadata ${t.text} NOT NULL,
      overrides ${t.text},
      is_valid ${t.integer} NOT NULL,
      UNIQUE (trace_id, assessment_uuid)
    ) ${t.table}`,
  ];
}

/** Not clustered, because a span's content is large and rows of a clustered table should be small. */
function spans(t: DdlTerms): string[] {
  return [
    `CREATE TABLE spans (
      trace_id ${t.integer} NOT NULL REFERENCES traces (id) ON DELETE CASCADE,
      span_id ${t.text} NOT NULL,
      parent_span_id ${t.text},
      name ${t.text} NOT NULL,
      type ${t.text} NOT NULL,
      status ${t.text} NOT NULL,
      start_time_ms ${t.integer} NOT NULL,
      bytes ${t.integer} NOT NULL,
      content ${t.text} NOT NULL,
      PRIMARY KEY (trace_id, span_id)
    ) ${t.table}`,
  ];
}

export const webhooksMigration: Migration = {
  version: 4,
  name: "webhooks",
  statements: (t) => [
    `CREATE TABLE webhooks (
      id ${t.identity},
      webhook_uuid ${t.text} NOT NULL UNIQUE,
      name ${t.text} NOT NULL,
      url ${t.text} NOT NULL,
      description ${t.text} NOT NULL,
      sealed_secret ${t.text},
      status ${t.text} NOT NULL,
      creation_time_ms ${t.integer} NOT NULL,
      last_update_time_ms ${t.integer} NOT NULL
    ) ${t.table}`,
    `CREATE TABLE webhook_events (
      event ${t.text} NOT NULL,
      webhook_id ${t.integer} NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
      position ${t.integer} NOT NULL,
      PRIMARY KEY (event, webhook_id)
    ) ${t.clusteredTable}`,
    `CREATE INDEX webhook_events_by_webhook ON webhook_events (webhook_id)`,
    // Finds the runs that used a dataset.
    `CREATE INDEX run_datasets_by_dataset ON run_datasets (dataset_id, run_id)`,
  ],
};

/** Who may use the workspace: principals, their tokens and their grants. */
export const identityMigration: Migration = {
  version: 5,
  name: "identity",
  statements: (t) => [
    `CREATE TABLE principals (
      id ${t.identity},
      name ${t.text} NOT NULL UNIQUE,
      role ${t.text} NOT NULL,
      creation_time_ms ${t.integer} NOT NULL
    ) ${t.table}`,
    `CREATE TABLE tokens (
      id ${t.identity},
      token_uuid ${t.text} NOT NULL UNIQUE,
      principal_id ${t.integer} NOT NULL REFERENCES principals (id) ON DELETE CASCADE,
      parent_id ${t.integer} REFERENCES tokens (id) ON DELETE CASCADE,
      hash ${t.text} NOT NULL UNIQUE,
      comment ${t.text} NOT NULL,
      creation_time_ms ${t.integer} NOT NULL,
      expiry_time_ms ${t.integer} NOT NULL,
      revoked_time_ms ${t.integer}
    ) ${t.table}`,
    `CREATE INDEX tokens_by_principal ON tokens (principal_id)`,
    `CREATE INDEX tokens_by_parent ON tokens (parent_id)`,
    // No foreign key, because there are two kinds of resources. A grant on a deleted resource is harmless: ids are never
    // reused.
    `CREATE TABLE grants (
      resource_kind ${t.text} NOT NULL,
      resource_id ${t.integer} NOT NULL,
      grantee_kind ${t.text} NOT NULL,
      grantee ${t.text} NOT NULL,
      level ${t.text} NOT NULL,
      PRIMARY KEY (resource_kind, resource_id, grantee_kind, grantee)
    ) ${t.clusteredTable}`,
  ],
};

/** Permanently removed things that have left files or rows to delete. */
export const garbageMigration: Migration = {
  version: 6,
  name: "garbage",
  statements: (t) => [
    `CREATE TABLE garbage (
      kind ${t.text} NOT NULL,
      row_id ${t.integer} NOT NULL,
      uuid ${t.text} NOT NULL,
      artifact_uri ${t.text} NOT NULL,
      PRIMARY KEY (kind, row_id)
    ) ${t.clusteredTable}`,
  ],
};
