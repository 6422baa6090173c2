import { LocalArtifactRepository } from "@flightdeck/artifacts";
import { openStore, type Store } from "@flightdeck/store";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImportTarget } from "../run/import-context.ts";

/** A store and an artifacts destination for one test, in a temporary folder. */
export type TestTarget = ImportTarget & {
  readonly store: Store;
  /** The temporary folder, in which tests can create sources. */
  readonly folder: string;
  readonly artifactsFolder: string;
  close(): Promise<void>;
};

export async function openTarget(): Promise<TestTarget> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "flightdeck-import-")));
  const store = await openStore({
    backendStoreUri: `sqlite:///${join(folder, "target", "store.db")}`,
    defaultArtifactRoot: "mlflow-artifacts:/",
  });
  const artifactsFolder = join(folder, "target", "artifacts");
  return {
    store,
    imports: store.imports,
    artifacts: new LocalArtifactRepository(artifactsFolder),
    folder,
    artifactsFolder,
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
