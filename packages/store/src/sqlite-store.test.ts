import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "./open-store.ts";
import { describeRegistryStore, describeTrackingStore, type TestStore } from "./testing/index.ts";

async function open(): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-store-"));
  const store = await openStore({
    backendStoreUri: `sqlite:///${join(folder, "store.db")}`,
    defaultArtifactRoot: "mlflow-artifacts:/",
  });
  return {
    ...store,
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

describeTrackingStore("TrackingStore on SQLite", open);
describeRegistryStore("RegistryStore on SQLite", open);
