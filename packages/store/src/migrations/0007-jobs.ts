import type { Migration } from "./migration.ts";

/** Jobs, the queue of their runs, which server process carries out which, and the clusters that they name. */
export const jobsMigration: Migration = {
  version: 7,
  name: "jobs",
  statements: (t) => [
    // Without settings: what stands for the job of a submitted run, so that ids are given once.
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
