import type { Migration } from "./migration.ts";

/**
 * Histories lie in the order of their times, as MLflow gives them: whatever its steps, what is logged goes to the end, so
 * that a batch changes few pages. And indexes for other orders of a search than by start, and for look-ups by name.
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
    // Each status in the default order.
    `CREATE INDEX runs_by_status ON runs (experiment_id, status, start_time_ms DESC, run_uuid)`,
  ],
};
