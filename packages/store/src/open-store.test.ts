import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStore } from "./open-store.ts";
import { failure } from "./testing/helpers.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flightdeck-open-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const options = (): { backendStoreUri: string; defaultArtifactRoot: string } => ({
  backendStoreUri: `sqlite:///${folder}/deep/store.db`,
  defaultArtifactRoot: "mlflow-artifacts:/",
});

describe("openStore", () => {
  test("keeps what was logged after it is closed and opened again", async () => {
    const store = await openStore(options());
    const experimentId = await store.tracking.createExperiment({ name: "airline" });
    const run = await store.tracking.createRun({ experimentId });
    const point = { key: "accuracy", value: 0.9, timestampMs: 1, step: 0 };
    await store.tracking.logMetric(run.info.runId, point);
    await store.close();
    await store.close();
    const again = await openStore(options());
    expect((await again.tracking.getRun(run.info.runId)).data.metrics).toEqual([point]);
    await again.close();
  });

  test("takes the time from the given clock", async () => {
    const store = await openStore({ ...options(), clock: { nowMs: () => 42 } });
    const id = await store.tracking.createExperiment({ name: "timed" });
    expect(await store.tracking.getExperiment(id)).toMatchObject({
      creationTimeMs: 42,
      lastUpdateTimeMs: 42,
    });
    expect((await store.tracking.createRun({ experimentId: id })).info.startTimeMs).toBe(42);
    await store.close();
  });

  test("refuses a database with a newer schema, and a database of MLflow's own server", async () => {
    await (await openStore(options())).close();
    execute("INSERT INTO migrations VALUES (999, 'from the future', 0)");
    expect(await failure(openStore(options()))).toMatch(
      /^INVALID_STATE: the database has schema version 999, this program knows versions up to \d+: use a newer flightdeck$/,
    );
    execute("CREATE TABLE alembic_version (version_num TEXT)");
    expect(await failure(openStore(options()))).toContain("the database belongs to MLflow's own server");
  });

  test("refuses unsupported URIs", async () => {
    expect(await failure(openStore({ ...options(), backendStoreUri: "mysql://x/y" }))).toContain(
      "INVALID_PARAMETER_VALUE: the backend store URI must be sqlite:///relative.db",
    );
  });
});

function execute(sql: string): void {
  const connection = new DatabaseSync(join(folder, "deep", "store.db"));
  connection.exec(sql);
  connection.close();
}
