import { AppError } from "@flightdeck/core";
import { sql } from "kysely";
import { fixed, query } from "../database/statement.ts";
import { all, first, run, type Work } from "../database/work.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { initialMigration } from "./0001-initial.ts";
import { importedMigration } from "./0002-imported.ts";
import { tracesMigration } from "./0003-traces.ts";
import { webhooksMigration } from "./0004-webhooks.ts";
import { identityMigration } from "./0005-identity.ts";
import { garbageMigration } from "./0006-garbage.ts";
import { jobsMigration } from "./0007-jobs.ts";
import { metricOrderMigration } from "./0008-metric-order.ts";
import { callersMigration } from "./0009-callers.ts";
import { derivedTokensMigration } from "./0010-derived-tokens.ts";
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
const NEWEST_VERSION = MIGRATIONS.length;

/**
 * Brings the schema up to date, or throws `INVALID_STATE` for a database that is newer than this program or not its own.
 * Must run in a write; other processes that migrate wait for it. `upTo` leaves later versions out.
 */
export function* migrate(dialect: Dialect, nowMs: number, upTo: number = NEWEST_VERSION): Work<void> {
  yield* all(dialect.migrationLock());
  const version = yield* schemaVersion(dialect);
  if (version > NEWEST_VERSION) {
    throw new AppError(
      "INVALID_STATE",
      `the database has schema version ${version}, this program knows versions up to ${NEWEST_VERSION}: use a newer flightdeck`,
    );
  }
  for (const migration of MIGRATIONS.slice(version, upTo)) {
    for (const statement of migration.statements(dialect.ddl)) yield* run(fixed(statement));
    if (migration.change !== undefined) yield* migration.change();
    yield* run(
      query((db) =>
        db
          .insertInto("migrations")
          .values({ version: migration.version, name: migration.name, applied_time_ms: nowMs }),
      ),
    );
  }
}

function* schemaVersion(dialect: Dialect): Work<number> {
  const tables = new Set((yield* all(dialect.tableNames())).map(({ name }) => name));
  if (tables.has("alembic_version")) {
    throw new AppError(
      "INVALID_STATE",
      "the database belongs to MLflow's own server: give flightdeck a database of its own and import this one",
    );
  }
  if (!tables.has("migrations")) {
    const { integer, text, table } = dialect.ddl;
    yield* run(
      fixed(
        `CREATE TABLE migrations (version ${integer} PRIMARY KEY, name ${text} NOT NULL, applied_time_ms ${integer} NOT NULL) ${table}`,
      ),
    );
    return 0;
  }
  const newest = yield* first(
    query((db) => db.selectFrom("migrations").select(sql<number | null>`max(version)`.as("version"))),
  );
  return newest?.version ?? 0;
}
