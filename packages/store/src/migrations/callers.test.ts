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
    VALUES (1, 'old', 'mlflow-artifacts://host:5000//a%20b/', 0, 0), (2, 'elsewhere', 's3://bucket//a%20b/', 0, 0)`,
  `INSERT INTO registered_models (id, name, description, creation_time_ms, last_update_time_ms, last_version)
    VALUES (1, 'model', '', 0, 0, 1)`,
  `INSERT INTO model_versions (model_id, version, creation_time_ms, last_update_time_ms, user_id, current_stage,
      description, source, storage_location, run_id, run_link, status, status_message)
    VALUES (1, 1, 0, 0, '', 'None', '', 'dbfs:/a//b/', 'dbfs:/a//b/', '', '', 'READY', '')`,
  `INSERT INTO principals (id, name, role, creation_time_ms) VALUES (1, 'ana', 'user', 0)`,
  `INSERT INTO grants (resource_kind, resource_id, grantee_kind, grantee, level)
    VALUES ('experiment', 1, 'user', 'ana', 'CAN_READ'), ('registered-model', 1, 'user', 'ana', 'CAN_READ'),
      ('registered-model', 7, 'user', 'ana', 'CAN_READ')`,
];

test("normalizes the locations of an older database and keeps its grants", async () => {
  const path = join(folder, "store.db");
  const database = new SqliteDatabase(path);
  await database.write(function* () {
    yield* migrate(database.dialect, 0, 8);
    for (const row of ROWS) yield* execute(fixed(row));
  });
  await database.close();
  const store = await openStore({
    backendStoreUri: `sqlite:///${path}`,
    defaultArtifactRoot: "mlflow-artifacts:/",
  });
  expect((await store.tracking.getExperiment("1")).artifactLocation).toBe("mlflow-artifacts:/a b");
  expect((await store.tracking.getExperiment("2")).artifactLocation).toBe("s3://bucket//a%20b/");
  const version = { name: "model", version: "1" };
  expect(await store.registry.getModelVersionDownloadUri(version)).toBe("dbfs:/a/b");
  expect((await store.registry.getModelVersion(version)).source).toBe("dbfs:/a//b/");
  const held = await store.workspace.findVisible("ana", [
    { kind: "artifact", path: "a b/run/x" },
    { kind: "version-files", uri: "dbfs:/a/b/MLmodel" },
  ]);
  expect(held).toEqual([true, true]);
  await store.close();
});
