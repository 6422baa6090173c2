import { LocalArtifactRepository } from "@flightdeck/artifacts";
import { openStore, type Store } from "@flightdeck/store";
import { mkdtemp, readdir, readFile, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { ImportTarget } from "../run/import-context.ts";

/** A store and an artifacts destination of one test, in a folder that is removed with them. */
export type TestTarget = ImportTarget & {
  readonly store: Store;
  /** For sources, beside the target. */
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

/** Every file below a folder with its content and time of change, to see that nothing has touched it. */
export async function snapshot(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = files.map(async (file) => {
    const { mtimeMs } = await stat(file);
    return [relative(folder, file), `${mtimeMs} ${(await readFile(file)).toString("base64")}`] as const;
  });
  return new Map(await Promise.all(contents));
}
