import { AppError } from "@flightdeck/core";
import { z } from "zod";
import { parseRecord } from "../source/malformed.ts";
import type { SourceDatabase, SourceTables } from "./source-database.ts";

/**
 * Alembic revisions of MLflow's database from 1.30 to 3.17 (`mlflow/store/db_migrations/versions`), oldest first. What
 * matters here came by added tables and columns, which are looked for by name; so those in between are read too.
 */
const KNOWN_REVISIONS: readonly string[] = `97727af70f4d 3500859a5d39 7f2a7d5fae7d 2d6e25af4d3e acf3f17fdcc7
  867495a8f9d4 5b0e9adcef9c 4465047574b1 f5a4f2784254 0584bdc529eb 400f98739977 6953534de441 bda7b8c39065 cbc13b556ace
  770bee3ae1dd a1b2c3d4e5f6 de4033877273 1a0cddfcaa16 534353b11cbc 71994744cf8e 3da73c924c2f bf29a5ff90ea 1bd49d398cd23
  b7c8d9e0f1a2 5d2d30f0abce c9d4e5f6a7b8 2c33131f4dae d3e4f5a6b7c8 d0e1f2a3b4c5 c8d9e0f1a2b3 1b5f0d9ad7c1 e1f2a3b4c5d6
  76601a5f987d c3d6457b6d8a a5b4c3d2e1f0 ae8bbe7743c9 7d34483879f0 da6fb0208061 89d3d66ed43f b7e4c1a90f23 a8b9c0d1e2f3
  c1d2e3f4a5b6 c3d9e7f1a2b4 6f8d9c3b2a1e 1971f2d9a75b 17e22815139b b7e2c1a4d9f3 75868b020152 dc11669786a5`.split(
  /\s+/,
);

/** Revisions before 1.30's, oldest first. */
const OLDER_REVISIONS: readonly string[] = `451aebb31d03 90e64c465722 181f10493468 df50e92ffc5e 7ac759974ad8
  89d4b8295536 2b4d017a5e9b cfd24bdc0731 0a8213491aaa 728d730b5ebd 27a6a02d2cf1 84291f40a231 a8c4a736bde6 39d1c3be5f05
  c48cb773bb87 bd07f7e963c5 0c779009ac13 cc1f77228345`.split(/\s+/);

const REVISION_ROWS = z.array(z.object({ version_num: z.string() }));

/** Throws `INVALID_PARAMETER_VALUE` when the database is not MLflow's, `INVALID_STATE` when its schema is not known. */
export async function checkSchema(database: SourceDatabase, tables: SourceTables): Promise<void> {
  const { identity } = database;
  if (!tables.has("alembic_version") || !tables.has("experiments") || !tables.has("runs")) {
    const message = `${identity} is not a database of MLflow's tracking server: it has no tables alembic_version, experiments and runs`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  const found = await database.rows("SELECT version_num FROM alembic_version");
  const [row] = parseRecord(REVISION_ROWS, found, "the table alembic_version");
  const revision = row?.version_num ?? "none";
  if (KNOWN_REVISIONS.includes(revision)) return;
  const says = OLDER_REVISIONS.includes(revision)
    ? "is older than MLflow 1.30's: bring it up to date with `mlflow db upgrade`"
    : "is not one of MLflow 1.30 to 3.17's; a newer flightdeck may know it";
  throw new AppError(
    "INVALID_STATE",
    `the schema of ${identity} (revision ${JSON.stringify(revision)}) ${says}`,
  );
}
