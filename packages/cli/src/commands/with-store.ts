import { DEFAULT_ARTIFACT_ROOT } from "@flightdeck/protocol";
import { AppError } from "@flightdeck/core";
import { databaseFileOf, databaseUriOf, openDataDir, openStore } from "@flightdeck/store";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type DataDirFlag, dataDirOf } from "../data-dir.ts";

type Store = Awaited<ReturnType<typeof openStore>>;

export type StoreFlags = DataDirFlag & { readonly backendStoreUri?: string | undefined };

/** A workspace's database, opened directly by a command. */
export type OpenedStore = {
  readonly store: Store;
  /** Absolute path. Holds the artifacts even if the database is elsewhere. */
  readonly dataDir: string;
  /** Whether the database has just been created. */
  readonly isNew: boolean;
};

export type WithStoreOptions = {
  /**
   * Creates a workspace if there is none. Otherwise that is an error, because a mistyped folder should not become one.
   */
  readonly mayCreate: boolean;
};

/**
 * Calls `action` with the database that a server with the same flags would use, whether or not one is running. Throws
 * `RESOURCE_DOES_NOT_EXIST` if the data folder has no workspace, unless `mayCreate` is set.
 */
export async function withStore<T>(
  flags: StoreFlags,
  { mayCreate }: WithStoreOptions,
  action: (opened: OpenedStore) => Promise<T>,
): Promise<T> {
  const dataDir = resolve(dataDirOf(flags));
  const isNew = flags.backendStoreUri === undefined && !existsSync(databaseFileOf(dataDir));
  if (isNew && !mayCreate) throw noWorkspace(dataDir);
  if (mayCreate) await openDataDir(dataDir);
  const backendStoreUri = flags.backendStoreUri ?? databaseUriOf(dataDir);
  const store = await openStore({ backendStoreUri, defaultArtifactRoot: DEFAULT_ARTIFACT_ROOT });
  try {
    return await action({ store, dataDir, isNew });
  } finally {
    await store.close();
  }
}

function noWorkspace(dataDir: string): AppError {
  const message = `there is no workspace in ${dataDir}; name it with --data-dir or --backend-store-uri`;
  return new AppError("RESOURCE_DOES_NOT_EXIST", message);
}
