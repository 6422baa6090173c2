import type { DdlTerms } from "../database/dialect.ts";
import type { Migration } from "./migration.ts";

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

/** Not clustered: a span's content is large, and rows of a clustered table should be small. */
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
