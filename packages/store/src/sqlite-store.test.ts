import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "./open-store.ts";
import type { Store } from "./store.ts";
import {
  describeImportSink,
  describeManagedVersionStore,
  describeRegistryStore,
  describeRunTableStore,
  describeTraceStore,
  describeTrackingStore,
  describeWebhookStore,
} from "./testing/index.ts";

async function open(): Promise<Store> {
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
describeManagedVersionStore("ManagedVersionStore on SQLite", open);
describeImportSink("ImportSink on SQLite", open);
describeRunTableStore("RunTableStore on SQLite", open);
describeTraceStore("TraceStore on SQLite", open);
describeWebhookStore("WebhookStore on SQLite", open);
