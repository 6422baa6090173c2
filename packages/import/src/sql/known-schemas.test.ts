import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSource } from "../source/open-source.ts";

let file: string;
beforeEach(async () => {
  file = join(await mkdtemp(join(tmpdir(), "flightdeck-schemas-")), "m.db");
});
afterEach(() => rm(join(file, ".."), { recursive: true }));

test.each([
  ["451aebb31d03", "is older than MLflow 1.30's: bring it up to date with `mlflow db upgrade`"],
  ["ffffffffffff", "is not one of MLflow 1.30 to 3.17's; a newer flightdeck may know it"],
])("a schema of revision %s is refused", async (revision, says) => {
  execute(`CREATE TABLE alembic_version (version_num TEXT); CREATE TABLE experiments (a); CREATE TABLE runs (a);
    INSERT INTO alembic_version VALUES ('${revision}')`);
  await expect(openSource(file)).rejects.toMatchObject({
    code: "INVALID_STATE",
    message: `the schema of ${file} (revision "${revision}") ${says}`,
  });
});

test("another program's database is refused", async () => {
  execute("CREATE TABLE songs (title)");
  await expect(openSource(file)).rejects.toMatchObject({
    code: "INVALID_PARAMETER_VALUE",
    message: `${file} is not a database of MLflow's tracking server: it has no tables alembic_version, experiments and runs`,
  });
});

function execute(sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}
