import { AppError } from "@flightdeck/core";
import { sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { fixed, query } from "../database/statement.ts";
import { all, first, execute, type Work } from "../database/work.ts";
import { initialMigration } from "./0001-initial.ts";
import {
  garbageMigration,
  identityMigration,
  importedMigration,
  tracesMigration,
  webhooksMigration,
} from "./0002-to-0006.ts";
import {
  callersMigration,
  derivedTokensMigration,
  jobsMigration,
  metricOrderMigration,
} from "./0007-to-0010.ts";
import type { Migration } from "./migration.ts";

const MIGRATIONS: readonly Migration[] = [
  initialMigration,
  importedMigration,
  tracesMigration,
  webhooksMigration,
  identityMigration,
  garbageMigration,
  jobsMigration,
  metricOrderMigration,
  callersMigration,
  derivedTokensMigration,
];
/** The newest version of the schema that this program knows. */
export const NEWEST_VERSION: number = MIGRATIONS.length;

/**
 * Brings the schema up to date. Throws `INVALID_STATE` for a database that is newer than this program or belongs to MLflow's
 * server. Runs in a write transaction; other migrating processes wait for it. Stops after version `upTo`.
 */
export function* migrate(dialect: Dialect, nowMs: number, upTo: number = NEWEST_VERSION): Work<void> {
  yield* all(fixed(dialect.migrationLockSql));
  const version = (yield* readSchemaVersion(dialect)) ?? (yield* beginHistory(dialect));
  if (version > NEWEST_VERSION) {
    throw new AppError(
      "INVALID_STATE",
      `the database has schema version ${version}, this program knows versions up to ${NEWEST_VERSION}: use a newer flightdeck`,
    );
  }
  for (const migration of MIGRATIONS.slice(version, upTo)) {
    for (const statement of migration.statements(dialect.ddl)) yield* execute(fixed(statement));
    if (migration.change !== undefined) yield* migration.change();
    yield* execute(
      query((db) =>
        db
          .insertInto("migrations")
          .values({ version: migration.version, name: migration.name, applied_time_ms: nowMs }),
      ),
    );
  }
}

/** Undefined before the first migration. Throws `INVALID_STATE` for a database that is not this program's. */
export function* readSchemaVersion(dialect: Dialect): Work<number | undefined> {
  const tables = new Set(
    (yield* all(fixed<{ readonly name: string }>(dialect.tableNamesSql))).map(({ name }) => name),
  );
  if (tables.has("alembic_version")) {
    throw new AppError(
      "INVALID_STATE",
      "the database belongs to MLflow's own server: give flightdeck a database of its own and import this one",
    );
  }
  if (!tables.has("migrations")) return undefined;
  const newest = yield* first(
    query((db) => db.selectFrom("migrations").select(sql<number | null>`max(version)`.as("version"))),
  );
  return newest?.version ?? 0;
}

function* beginHistory({ ddl: { integer, text, table } }: Dialect): Work<number> {
  const columns = `version ${integer} PRIMARY KEY, name ${text} NOT NULL, applied_time_ms ${integer} NOT NULL`;
  yield* execute(fixed(`CREATE TABLE migrations (${columns}) ${table}`));
  return 0;
}
