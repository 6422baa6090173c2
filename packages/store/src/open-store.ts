import { type Clock, Random, systemClock } from "@flightdeck/core";
import type { StoreContext } from "./access/store-context.ts";
import { SqlClusterStore } from "./clusters/sql-cluster-store.ts";
import type { Database } from "./database/work.ts";
import { isPostgresUri, sqlitePath } from "./dialects/backend-store-uri.ts";
import { SqliteDatabase } from "./dialects/sqlite-database.ts";
import { SqlGarbageStore } from "./gc/sql-garbage-store.ts";
import { SqlImportSink } from "./import/sql-import-sink.ts";
import { SqlJobStore } from "./jobs/sql-job-store.ts";
import { migrate, NEWEST_VERSION, readSchemaVersion } from "./migrations/migrate.ts";
import { SqlRegistryStore } from "./registry/sql-registry-store.ts";
import type { Store } from "./store.ts";
import { SqlTraceStore } from "./traces/sql-trace-store.ts";
import { ensureDefaultExperiment } from "./tracking/experiments.ts";
import { SqlRunTableStore } from "./tracking/run-table-store.ts";
import { SqlTrackingStore } from "./tracking/sql-tracking-store.ts";
import { SqlWebhookStore } from "./webhooks/sql-webhook-store.ts";
import { CallersDatabase } from "./workspace/check-caller.ts";
import { SqlWorkspaceStore } from "./workspace/sql-workspace-store.ts";

/** Options of `openStore`. */
export type OpenStoreOptions = {
  /**
   * A SQLAlchemy URI: `sqlite:///relative.db`, `sqlite:////absolute.db` or
   * `postgresql://user:password@host:port/database`, optionally with a driver such as `+psycopg2` after `postgresql`.
   */
  readonly backendStoreUri: string;
  /** Where experiments without an explicit location keep their artifacts, for example `mlflow-artifacts:/`. */
  readonly defaultArtifactRoot: string;
  readonly clock?: Clock | undefined;
};

/**
 * Opens a store and creates or migrates its schema. Throws `INVALID_PARAMETER_VALUE` for an unsupported URI, `IO_ERROR` when
 * the database cannot be opened, `INVALID_STATE` when its schema is newer than this program or is not Flightdeck's.
 *
 * @example
 * ```ts
 * const store = await openStore({
 *   backendStoreUri: "sqlite:///flightdeck.db",
 *   defaultArtifactRoot: "mlflow-artifacts:/",
 * });
 * const experimentId = await store.tracking.createExperiment({ name: "airline" });
 * const run = await store.tracking.createRun({ experimentId });
 * await store.tracking.logMetric(run.info.runId, { key: "accuracy", value: 0.9, timestampMs: Date.now(), step: 0 });
 * await store.close();
 * ```
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { backendStoreUri, defaultArtifactRoot, clock = systemClock } = options;
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
  const context: StoreContext = {
    clock,
    random: new Random(seed),
    defaultArtifactRoot,
    visibleTo: "everything",
  };
  const database = await openDatabase(backendStoreUri);
  try {
    await database.write(function* () {
      yield* migrate(database.dialect, clock.nowMs());
      yield* ensureDefaultExperiment(context);
    });
  } catch (error) {
    await database.close();
    throw error;
  }
  return storeOver(database, context);
}

/** The version of a database's schema, and the newest that this program knows. */
export type SchemaInfo = { readonly version: number; readonly newest: number };

/** Reads a database's schema version and changes nothing. Throws as `openStore`, but not for a newer version. */
export async function inspectSchema(backendStoreUri: string): Promise<SchemaInfo> {
  const database = await openDatabase(backendStoreUri);
  try {
    const version = await database.read(() => readSchemaVersion(database.dialect));
    return { version: version ?? 0, newest: NEWEST_VERSION };
  } finally {
    await database.close();
  }
}

/** Loads PostgreSQL's driver only if needed. */
async function openDatabase(uri: string): Promise<Database> {
  if (!isPostgresUri(uri)) return new SqliteDatabase(sqlitePath(uri));
  const { PostgresDatabase } = await import("./dialects/postgres-database.ts");
  return PostgresDatabase.open(uri);
}

function storeOver(database: Database, context: StoreContext): Store {
  return {
    tracking: new SqlTrackingStore(database, context),
    runTable: new SqlRunTableStore(database, context),
    registry: new SqlRegistryStore(database, context),
    webhooks: new SqlWebhookStore(database, context),
    traces: new SqlTraceStore(database, context),
    workspace: new SqlWorkspaceStore(database, context),
    jobs: new SqlJobStore(database, context),
    clusters: new SqlClusterStore(database, context),
    imports: new SqlImportSink(database, context),
    garbage: new SqlGarbageStore(database, context),
    as: (caller) => storeOver(new CallersDatabase(database, caller), { ...context, visibleTo: caller }),
    writesWaiting: () => database.writesWaiting(),
    close: () => database.close(),
  };
}
