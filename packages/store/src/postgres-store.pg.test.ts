import { part, startPostgres, valueOf } from "@flightdeck/testkit";
import { afterAll, describe } from "vitest";
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

const postgres = await part("PostgreSQL", startPostgres);
afterAll(() => (postgres.missing ? undefined : postgres.value.close()));

async function open(): Promise<Store> {
  const backendStoreUri = await valueOf(postgres).createDatabase();
  return openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/" });
}

describe.skipIf(postgres.missing)(`PostgreSQL${postgres.missing ? ` (${postgres.reason})` : ""}`, () => {
  describeTrackingStore("TrackingStore on PostgreSQL", open);
  describeRegistryStore("RegistryStore on PostgreSQL", open);
  describeManagedVersionStore("ManagedVersionStore on PostgreSQL", open);
  describeImportSink("ImportSink on PostgreSQL", open);
  describeRunTableStore("RunTableStore on PostgreSQL", open);
  describeTraceStore("TraceStore on PostgreSQL", open);
  describeWebhookStore("WebhookStore on PostgreSQL", open);
});
