import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSource } from "../open-source.ts";

let file: string;
beforeEach(async () => {
  file = join(await mkdtemp(join(tmpdir(), "flightdeck-schemas-")), "m.db");
});
afterEach(() => rm(join(file, ".."), { recursive: true }));

test.each([
  ["451aebb31d03", "is older than MLflow 1.30's: upgrade it with `mlflow db upgrade`"],
  ["ffffffffffff", "is not one of MLflow 1.30 to 3.17's; a newer flightdeck may support it"],
])("rejects a schema of revision %s", async (revision, problem) => {
  execute(`CREATE TABLE alembic_version (version_num TEXT); CREATE TABLE experiments (a); CREATE TABLE runs (a);
    INSERT INTO alembic_version VALUES ('${revision}')`);
  await expect(openSource(file)).rejects.toMatchObject({
    code: "INVALID_STATE",
    message: `the schema of ${file} (revision "${revision}") ${problem}`,
  });
});

test("rejects another program's database", async () => {
  execute("CREATE TABLE songs (title)");
  await expect(openSource(file)).rejects.toMatchObject({
    code: "INVALID_PARAMETER_VALUE",
    message: `${file} is not an MLflow tracking database: it has no tables alembic_version, experiments and runs`,
  });
});

function execute(sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}
