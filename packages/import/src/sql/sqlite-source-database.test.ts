import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { snapshot } from "../testing/mlflow-fixtures.ts";
import { SqliteSourceDatabase } from "./sqlite-source-database.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "flightdeck-sqlite-source-"));
});
afterEach(() => rm(folder, { recursive: true }));

test.each(["DELETE", "WAL"])("reads a database in %s mode and leaves no files behind", async (mode) => {
  const file = makeDatabase(mode);
  const before = await snapshot(folder);
  const database = new SqliteSourceDatabase(file);
  expect(await database.columns()).toEqual(new Map([["t", new Set(["a", "b"])]]));
  expect(await database.rows("SELECT a FROM t WHERE b > ? ORDER BY a", [1])).toEqual([{ a: 2 }, { a: 3 }]);
  const batches = await Array.fromAsync(database.batches("SELECT a FROM t", [], 2));
  expect(batches.map((rows) => rows.length)).toEqual([2, 1]);
  expect(await readdir(folder)).toEqual(["source.db"]);
  await database.close();
  expect(await snapshot(folder)).toEqual(before);
});

test("reads rows from another program's WAL, including later ones", async () => {
  const file = makeDatabase("WAL");
  const writer = new DatabaseSync(file);
  writer.exec("INSERT INTO t VALUES (4, 4)");
  const database = new SqliteSourceDatabase(file);
  expect(await database.rows("SELECT count(*) AS n FROM t")).toEqual([{ n: 4 }]);
  writer.exec("INSERT INTO t VALUES (5, 5)");
  expect(await database.rows("SELECT count(*) AS n FROM t")).toEqual([{ n: 5 }]);
  await database.close();
  writer.close();
});

test("cannot write", async () => {
  const database = new SqliteSourceDatabase(makeDatabase("DELETE"));
  await expect(database.rows("DELETE FROM t")).rejects.toThrow(/readonly/);
  await database.close();
});

test("reports what is wrong with a file", async () => {
  const text = join(folder, "text.db");
  await writeFile(text, "no database");
  expect(() => new SqliteSourceDatabase(text)).toThrow(`${text} is not a SQLite database`);
  expect(() => new SqliteSourceDatabase(join(folder, "absent.db"))).toThrow(/there is no file/);
  expect(() => new SqliteSourceDatabase(folder)).toThrow(`${folder} is not a file`);
  const torn = join(folder, "torn.db");
  await writeFile(torn, `SQLite format 3\0${"\u0001".repeat(5000)}`);
  const database = new SqliteSourceDatabase(torn);
  await expect(database.columns()).rejects.toThrow(`cannot read ${torn}`);
  await database.close();
});

function makeDatabase(mode: string): string {
  const file = join(folder, "source.db");
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = ${mode};
    CREATE TABLE t (a INTEGER, b INTEGER);
    INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)`);
  database.close();
  return file;
}
