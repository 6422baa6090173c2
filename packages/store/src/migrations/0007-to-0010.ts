import { statement } from "../database/statement.ts";
import { all, execute, type Work } from "../database/work.ts";
import { normalLocation } from "../tracking/uris.ts";
import type { Migration } from "./migration.ts";

/** Jobs, the queue of their runs, the server processes that execute them, and clusters. */
export const jobsMigration: Migration = {
  version: 7,
  name: "jobs",
  statements: (t) => [
    // A row without settings is the implicit job of a one-time run, so that job ids stay unique.
    `CREATE TABLE jobs (
      id ${t.identity},
      name ${t.text} NOT NULL,
      creator ${t.text} NOT NULL,
      created_time_ms ${t.integer} NOT NULL,
      settings ${t.text},
      max_concurrent_runs ${t.integer} NOT NULL,
      is_queued ${t.integer} NOT NULL,
      deleted_time_ms ${t.integer}
    ) ${t.table}`,
    `CREATE TABLE job_runs (
      id ${t.identity},
      job_id ${t.integer} NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
      name ${t.text} NOT NULL,
      type ${t.text} NOT NULL,
      creator ${t.text} NOT NULL,
      spec ${t.text} NOT NULL,
      parameters ${t.text} NOT NULL,
      state ${t.text} NOT NULL,
      result ${t.text},
      message ${t.text} NOT NULL,
      idempotency_key ${t.text} UNIQUE,
      cluster_uuid ${t.text},
      submit_time_ms ${t.integer} NOT NULL,
      claim_time_ms ${t.integer},
      task_start_time_ms ${t.integer},
      end_time_ms ${t.integer},
      cancel_message ${t.text},
      owner_uuid ${t.text},
      handle ${t.text},
      token_uuid ${t.text}
    ) ${t.table}`,
    `CREATE INDEX job_runs_by_job ON job_runs (job_id, id)`,
    `CREATE INDEX job_runs_queued ON job_runs (id) WHERE state = 'QUEUED'`,
    `CREATE INDEX job_runs_active ON job_runs (job_id) WHERE end_time_ms IS NULL`,
    `CREATE INDEX job_runs_under_way ON job_runs (job_id) WHERE owner_uuid IS NOT NULL AND end_time_ms IS NULL`,
    `CREATE INDEX job_runs_owned ON job_runs (owner_uuid) WHERE end_time_ms IS NULL`,
    `CREATE TABLE job_owners (
      uuid ${t.text} PRIMARY KEY,
      host ${t.text} NOT NULL,
      process ${t.text} NOT NULL,
      lease_until_ms ${t.integer} NOT NULL
    ) ${t.clusteredTable}`,
    `CREATE TABLE clusters (
      id ${t.identity},
      cluster_uuid ${t.text} NOT NULL UNIQUE,
      spec ${t.text} NOT NULL,
      source ${t.text} NOT NULL,
      creator ${t.text} NOT NULL,
      state ${t.text} NOT NULL,
      message ${t.text} NOT NULL,
      start_time_ms ${t.integer} NOT NULL,
      last_restarted_time_ms ${t.integer},
      terminated_time_ms ${t.integer},
      run_id ${t.integer} REFERENCES job_runs (id) ON DELETE CASCADE
    ) ${t.table}`,
    `CREATE INDEX clusters_by_run ON clusters (run_id)`,
    `CREATE TABLE cluster_events (
      id ${t.identity},
      cluster_id ${t.integer} NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
      timestamp_ms ${t.integer} NOT NULL,
      type ${t.text} NOT NULL,
      user_name ${t.text} NOT NULL
    ) ${t.table}`,
    `CREATE INDEX cluster_events_by_cluster ON cluster_events (cluster_id, id)`,
  ],
};

/**
 * Orders metric histories by time, as MLflow returns them: new points are appended at the end whatever their steps, so a batch
 * changes few pages. Also adds indexes for searches ordered by something other than start time, and for lookups by name.
 */
export const metricOrderMigration: Migration = {
  version: 8,
  name: "metric order",
  statements: (t) => [
    `CREATE TABLE metrics_by_time (
      run_id ${t.integer} NOT NULL,
      key_id ${t.integer} NOT NULL,
      timestamp_ms ${t.integer} NOT NULL,
      step ${t.integer} NOT NULL,
      value ${t.real} NOT NULL,
      is_nan ${t.integer} NOT NULL,
      PRIMARY KEY (run_id, key_id, timestamp_ms, step, value, is_nan)
    ) ${t.clusteredTable}`,
    `INSERT INTO metrics_by_time (run_id, key_id, timestamp_ms, step, value, is_nan)
      SELECT run_id, key_id, timestamp_ms, step, value, is_nan FROM metrics
      ORDER BY run_id, key_id, timestamp_ms, step, value, is_nan`,
    `DROP TABLE metrics`,
    `ALTER TABLE metrics_by_time RENAME TO metrics`,
    `CREATE INDEX runs_by_name ON runs (experiment_id, ${t.indexedText("name")})`,
    `CREATE INDEX runs_by_end ON runs (experiment_id, end_time_ms)`,
    // The runs of one status in the default order.
    `CREATE INDEX runs_by_status ON runs (experiment_id, status, start_time_ms DESC, run_uuid)`,
  ],
};

/**
 * Adds indexes for finding what a caller may see and which resource has artifacts at a location, and normalizes existing
 * locations.
 */
export const callersMigration: Migration = {
  version: 9,
  name: "callers",
  statements: (t) => [
    `CREATE INDEX grants_by_grantee ON grants (grantee_kind, grantee, resource_kind, resource_id)`,
    `CREATE INDEX experiments_by_location ON experiments (${t.indexedText("artifact_location")})`,
    `CREATE INDEX model_versions_by_location ON model_versions (${t.indexedText("storage_location")})`,
    `CREATE INDEX job_runs_queued_by_creator ON job_runs (creator) WHERE state = 'QUEUED'`,
    // Grants on deleted models. Grants on experiments are deleted when those are permanently removed.
    `DELETE FROM grants WHERE resource_kind = 'registered-model'
      AND resource_id NOT IN (SELECT id FROM registered_models)`,
  ],
  change: normalizeLocations,
};

function* normalizeLocations(): Work<void> {
  for (const { id, location } of yield* all(selectExperiments({}))) {
    const normal = normalLocation(location);
    if (normal !== location) yield* execute(updateExperiment({ id, location: normal }));
  }
  for (const { id, location } of yield* all(selectVersions({}))) {
    const normal = normalLocation(location);
    if (normal !== location) yield* execute(updateVersion({ id, location: normal }));
  }
}

const selectExperiments = statement<Record<string, never>>()((db) =>
  db.selectFrom("experiments").select(["id", "artifact_location as location"]),
);

const selectVersions = statement<Record<string, never>>()((db) =>
  db.selectFrom("model_versions").select(["id", "storage_location as location"]),
);

const updateExperiment = statement<{ id: number; location: string }>()((db, arg) =>
  db
    .updateTable("experiments")
    .set({ artifact_location: arg("location") })
    .where("id", "=", arg("id")),
);

const updateVersion = statement<{ id: number; location: string }>()((db, arg) =>
  db
    .updateTable("model_versions")
    .set({ storage_location: arg("location") })
    .where("id", "=", arg("id")),
);

/**
 * Records the parent of every token, not only of exchanged ones, and for each job run the token that submitted it, from which
 * the run's own token is derived.
 */
export const derivedTokensMigration: Migration = {
  version: 10,
  name: "derived tokens",
  statements: (t) => [
    `ALTER TABLE tokens ADD COLUMN kind ${t.text} NOT NULL DEFAULT 'personal'`,
    `UPDATE tokens SET kind = 'exchanged' WHERE parent_id IS NOT NULL`,
    `ALTER TABLE job_runs ADD COLUMN submit_token_uuid ${t.text}`,
  ],
};
