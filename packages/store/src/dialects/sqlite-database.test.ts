import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { all, execute } from "../database/work.ts";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { failure } from "../testing/helpers.ts";
import { startWriter } from "../testing/start-writer.ts";
import { SqliteDatabase } from "./sqlite-database.ts";

/** Enough that some writes fall before, during and after a sync. */
const ACKNOWLEDGED_MIN = 100;

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flightdeck-sqlite-"));
  file = join(folder, "store.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): Promise<Store> =>
  openStore({ backendStoreUri: `sqlite:///${file}`, defaultArtifactRoot: "mlflow-artifacts:/" });

describe("SqliteDatabase", () => {
  test("keeps every acknowledged write when its process is killed", async () => {
    const runId = await newRun();
    const writer = startWriter(`sqlite:///${file}`, runId, "m");
    await writer.untilAcknowledged(ACKNOWLEDGED_MIN);
    writer.process.kill("SIGKILL");
    await writer.ended;
    expect(await stepsLogged(runId, "m")).toEqual(expect.arrayContaining([...writer.acknowledged]));
    expect(integrity()).toBe("ok");
  });

  test("is shared by processes, and survives one of them", async () => {
    const runId = await newRun();
    const writers = [
      startWriter(`sqlite:///${file}`, runId, "a"),
      startWriter(`sqlite:///${file}`, runId, "b"),
    ];
    await Promise.all(writers.map((writer) => writer.untilAcknowledged(ACKNOWLEDGED_MIN)));
    writers[0]?.process.kill("SIGKILL");
    await writers[0]?.ended;
    const already = writers[1]?.acknowledged.length ?? 0;
    await writers[1]?.untilAcknowledged(already + ACKNOWLEDGED_MIN);
    writers[1]?.process.kill("SIGKILL");
    await writers[1]?.ended;
    for (const [index, key] of ["a", "b"].entries()) {
      expect(await stepsLogged(runId, key)).toEqual(
        expect.arrayContaining([...(writers[index]?.acknowledged ?? [-1])]),
      );
    }
    expect(integrity()).toBe("ok");
  });

  test("is its owner's alone in any folder, also when it was not before", async () => {
    const modes = (): string[] =>
      ["", "-wal", "-shm"].map((suffix) => (statSync(file + suffix).mode & 0o777).toString(8));
    const store = await open();
    expect(modes()).toEqual(["600", "600", "600"]);
    await newRun();
    for (const suffix of ["", "-wal", "-shm"]) chmodSync(file + suffix, 0o666);
    const again = await open();
    expect(modes()).toEqual(["600", "600", "600"]);
    await store.close();
    await again.close();
  });

  test("takes back all of a write that throws", async () => {
    const database = new SqliteDatabase(file);
    const statement = (sql: string) => ({ kind: "query" as const, compile: () => ({ sql, parameters: [] }) });
    await database.write(() => execute(statement("CREATE TABLE t (x INTEGER)")));
    const broken = database.write(function* () {
      yield* execute(statement("INSERT INTO t VALUES (1)"));
      yield* execute(statement("INSERT INTO nowhere VALUES (1)"));
    });
    expect(await failure(broken)).toContain("no such table: nowhere");
    const count = () => all<{ readonly count: number }>(statement("SELECT count(*) AS count FROM t"));
    expect(await database.read(count)).toEqual([{ count: 0 }]);
    await database.close();
    expect(await failure(database.read(count))).toBe("INVALID_STATE: the store is closed");
  });

  test("says that a file cannot be opened", () => {
    expect(() => new SqliteDatabase(folder)).toThrow(`cannot open the database ${folder}`);
  });
});

async function newRun(): Promise<string> {
  const store = await open();
  const { info } = await store.tracking.createRun({ experimentId: "0" });
  await store.close();
  return info.runId;
}

async function stepsLogged(runId: string, metricKey: string): Promise<readonly number[]> {
  const store = await open();
  const { items } = await store.tracking.getMetricHistory({ runId, metricKey });
  await store.close();
  return items.map(({ step }) => step);
}

function integrity(): unknown {
  const connection = new DatabaseSync(file);
  const row = connection.prepare("PRAGMA integrity_check").get();
  connection.close();
  return row?.["integrity_check"];
}
