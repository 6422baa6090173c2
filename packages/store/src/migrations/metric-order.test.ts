import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fixed } from "../database/statement.ts";
import { execute } from "../database/work.ts";
import { SqliteDatabase } from "../dialects/sqlite-database.ts";
import { openStore } from "../open-store.ts";
import { migrate } from "./migrate.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flightdeck-migrate-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ROWS = [
  `INSERT INTO experiments (id, name, artifact_location, creation_time_ms, last_update_time_ms)
    VALUES (1, 'old', 'mlflow-artifacts:/1', 0, 0)`,
  `INSERT INTO keys (id, experiment_id, key) VALUES (1, 1, 'loss')`,
  `INSERT INTO runs (id, run_uuid, experiment_id, name, user_id, status, start_time_ms, artifact_uri)
    VALUES (1, '${"a".repeat(32)}', 1, 'old', 'me', 'RUNNING', 0, 'mlflow-artifacts:/1/a')`,
  `INSERT INTO metrics (run_id, key_id, step, timestamp_ms, value, is_nan)
    VALUES (1, 1, 0, 30, 3, 0), (1, 1, 1, 20, 2, 0), (1, 1, 2, 10, 1, 0)`,
];

test("keeps every point of a database that stored points in step order", async () => {
  const path = join(folder, "store.db");
  const database = new SqliteDatabase(path);
  await database.write(function* () {
    yield* migrate(database.dialect, 0, 7);
    for (const row of ROWS) yield* execute(fixed(row));
  });
  await database.close();
  const store = await openStore({
    backendStoreUri: `sqlite:///${path}`,
    defaultArtifactRoot: "mlflow-artifacts:/",
  });
  const { items } = await store.tracking.getMetricHistory({ runId: "a".repeat(32), metricKey: "loss" });
  expect(items.map(({ timestampMs, step, value }) => [timestampMs, step, value])).toEqual([
    [10, 2, 1],
    [20, 1, 2],
    [30, 0, 3],
  ]);
  await store.close();
});
