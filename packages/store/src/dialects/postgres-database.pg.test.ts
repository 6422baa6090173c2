import { part, startPostgres, valueOf } from "@flightdeck/testkit";
import pg from "pg";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { fixed } from "../database/statement.ts";
import { all, execute } from "../database/work.ts";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { failure, texts } from "../testing/helpers.ts";
import { startWriter } from "../testing/start-writer.ts";
import { PostgresDatabase } from "./postgres-database.ts";

const postgres = await part("PostgreSQL", startPostgres);
afterAll(() => (postgres.missing ? undefined : postgres.value.close()));

/** Enough that some writes fall before, during and after a commit. */
const ACKNOWLEDGED_MIN = 100;

describe.skipIf(postgres.missing)(
  `PostgresDatabase${postgres.missing ? ` (${postgres.reason})` : ""}`,
  () => {
    let uri = "";
    beforeEach(async () => void (uri = await valueOf(postgres).createDatabase()));
    const open = (): Promise<Store> =>
      openStore({ backendStoreUri: uri, defaultArtifactRoot: "mlflow-artifacts:/" });

    test("keeps what was acknowledged when one of two processes is killed; the other goes on", async () => {
      const store = await open();
      const { info } = await store.tracking.createRun({ experimentId: "0" });
      const writers = [startWriter(uri, info.runId, "a"), startWriter(uri, info.runId, "b")] as const;
      await Promise.all(writers.map((writer) => writer.untilAcknowledged(ACKNOWLEDGED_MIN)));
      writers[0].process.kill("SIGKILL");
      await writers[0].ended;
      await writers[1].untilAcknowledged(writers[1].acknowledged.length + ACKNOWLEDGED_MIN);
      writers[1].process.kill("SIGKILL");
      await writers[1].ended;
      for (const [index, metricKey] of ["a", "b"].entries()) {
        const { items } = await store.tracking.getMetricHistory({ runId: info.runId, metricKey });
        const steps = items.map(({ step }) => step);
        expect(steps).toEqual(expect.arrayContaining([...(writers[index]?.acknowledged ?? [-1])]));
      }
      await store.close();
    });

    test("migrates once, however many open an empty database at once", async () => {
      const stores = await Promise.all(Array.from({ length: 6 }, open));
      const versions = await rows("SELECT version FROM migrations ORDER BY version");
      expect(versions).toEqual(versions.map((_, index) => ({ version: String(index + 1) })));
      expect((await stores[3]?.tracking.getExperiment("0"))?.name).toBe("Default");
      await Promise.all(stores.map((store) => store.close()));
      await (await open()).close();
    });

    test("refuses a newer database, and one that is MLflow's", async () => {
      await (await open()).close();
      await rows("INSERT INTO migrations VALUES (999, 'from the future', 0)");
      expect(await failure(open())).toMatch(
        /^INVALID_STATE: the database has schema version 999, this program knows versions up to \d+: use a newer flightdeck$/,
      );
      await rows("CREATE TABLE alembic_version (version_num TEXT)");
      expect(await failure(open())).toContain("the database belongs to MLflow's own server");
    });

    test("refuses a database that cannot hold every character", async () => {
      await rows("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
      const latin = uri.replace(/[^/]+$/, "latin");
      expect(await failure(PostgresDatabase.open(latin))).toBe(
        "INVALID_STATE: the database's encoding must be UTF8, got LATIN1",
      );
    });

    test("says in one line why it cannot connect, without the password", async () => {
      const { password, port } = new URL(uri);
      const refused = await failure(PostgresDatabase.open(uri.replace(port, "1")));
      expect(refused).toMatch(
        /^IO_ERROR: cannot open postgresql:\/\/flightdeck:\*\*\*@127\.0\.0\.1:1\/\w+: the database cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:1$/,
      );
      const wrong = await failure(PostgresDatabase.open(uri.replace(password, "secret")));
      expect(wrong).toMatch(/: password authentication failed for user "flightdeck"$/);
      const absent = await failure(PostgresDatabase.open(uri.replace(/[^/]+$/, "absent")));
      expect(absent).toMatch(/: database "absent" does not exist$/);
      for (const message of [refused, wrong, absent])
        expect(message).not.toMatch(RegExp(`${password}|secret`));
    });

    test("takes back all of a write that throws, whoever throws", async () => {
      const database = await PostgresDatabase.open(uri);
      const count = () => all<{ readonly count: number }>(fixed("SELECT count(*) AS count FROM t"));
      await database.write(() => execute(fixed("CREATE TABLE t (x INTEGER)")));
      const unknownTable = database.write(function* () {
        yield* execute(fixed("INSERT INTO t VALUES (1)"));
        yield* execute(fixed("INSERT INTO nowhere VALUES (1)"));
        yield* all(fixed("SELECT 1"));
      });
      expect(await failure(unknownTable)).toContain('relation "nowhere" does not exist');
      const lastOfAll = database.write(function* () {
        yield* execute(fixed("INSERT INTO t VALUES (1)"));
        yield* execute(fixed("INSERT INTO nowhere VALUES (1)"));
      });
      expect(await failure(lastOfAll)).toContain('relation "nowhere" does not exist');
      const thrown = database.write(function* () {
        yield* execute(fixed("INSERT INTO t VALUES (1)"));
        throw new TypeError("of its own");
      });
      expect(await failure(thrown)).toBe("TypeError: of its own");
      expect(await database.read(count)).toEqual([{ count: 0 }]);
      expect(await failure(database.read(() => execute(fixed("INSERT INTO t VALUES (1)"))))).toContain(
        "read-only transaction",
      );
      await database.close();
      await database.close();
      expect(await failure(database.read(count))).toBe("INVALID_STATE: the store is closed");
    });

    test("gives up after some retries when another is in the way each time", async () => {
      const database = await PostgresDatabase.open(uri);
      await database.write(() => execute(fixed("CREATE TABLE t (x INTEGER PRIMARY KEY)")));
      let attempts = 0;
      const twice = database.write(function* () {
        attempts++;
        yield* execute(fixed("INSERT INTO t VALUES (1), (1)"));
      });
      expect(await failure(twice)).toContain(
        "TEMPORARILY_UNAVAILABLE: other writers were in the way each time",
      );
      expect(attempts).toBe(9);
      await database.close();
    });

    test("goes on after the server has ended its connections", async () => {
      const store = await open();
      await rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'flightdeck'",
      );
      const outcomes = [];
      for (let attempt = 0; attempt < 20; attempt++)
        outcomes.push(await failure(store.tracking.getExperiment("0")));
      expect(outcomes.at(-1)).toBe("no error");
      for (const outcome of outcomes) expect(outcome).toMatch(/^(no error|TEMPORARILY_UNAVAILABLE: .*)$/);
      await store.close();
    });

    test("commits to disk where the server would not wait for it", async () => {
      await rows(`ALTER DATABASE ${uri.split("/").at(-1)} SET synchronous_commit = off`);
      const database = await PostgresDatabase.open(uri);
      const setting = await database.read(() => all(fixed("SHOW synchronous_commit")));
      expect(setting).toEqual([{ synchronous_commit: "on" }]);
      await database.close();
    });

    test("refuses the one character that PostgreSQL has no room for, and takes texts of any length", async () => {
      const store = await open();
      const { tracking } = store;
      const { info } = await tracking.createRun({ experimentId: "0" });
      const words =
        "INVALID_PARAMETER_VALUE: a text holds the character U+0000, which PostgreSQL does not store";
      expect(await failure(tracking.setTag(info.runId, { key: "t", value: "a\0b" }))).toBe(words);
      const search = (filter: string): Promise<number> =>
        tracking
          .searchRuns({ experimentIds: ["0"], runViewType: "ALL", filter })
          .then(({ items }) => items.length);
      await tracking.setTag(info.runId, { key: "t", value: "ab" });
      expect(await failure(search("tags.t = 'a\0b'"))).toBe(words);
      expect(await failure(search("run_id IN ('a\0b')"))).toBe(words);
      const long = Array.from({ length: 6000 }, (_, index) =>
        String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000)),
      );
      await tracking.logBatch({
        runId: info.runId,
        params: texts({ long: long.join("") }),
      });
      expect(await search(`params.long = '${long.join("")}'`)).toBe(1);
      expect(await search(`params.long = '${long.slice(0, -1).join("")}'`)).toBe(0);
      await store.close();
    });

    async function rows(sql: string): Promise<readonly unknown[]> {
      const client = new pg.Client({ connectionString: uri });
      await client.connect();
      try {
        return (await client.query(sql)).rows;
      } finally {
        await client.end();
      }
    }
  },
);
