import {
  describeRegistryStore,
  describeTraceStore,
  describeTrackingStore,
  type TestStore,
  type TraceTestStore,
} from "@flightdeck/store/testing";
import { startTestServer } from "@flightdeck/testkit";
import { MlflowClient } from "./rest/mlflow-client.ts";
import { clientStore } from "./testing/client-store.ts";
import { clientTraceStore } from "./testing/client-trace-store.ts";

/** Client, wire, server and store together must keep the promises of the store alone. */
async function openTestStore(): Promise<TestStore & TraceTestStore> {
  const server = await startTestServer();
  const client = new MlflowClient({ trackingUri: server.url });
  return { ...clientStore(client), traces: clientTraceStore(client), close: () => server.close() };
}

describeTrackingStore("client, server and store", openTestStore);
describeRegistryStore("client, server and store", openTestStore, { behindServer: true });
describeTraceStore("client, server and store", openTestStore);
