import { startTestServer, type TestServer } from "@flightdeck/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MlflowClient } from "./mlflow-client.ts";

let server: TestServer;
let client: MlflowClient;
beforeAll(async () => {
  server = await startTestServer({ webhooks: { allowedSchemes: ["http"], allowPrivateAddresses: true } });
  client = new MlflowClient({ trackingUri: server.url });
});
afterAll(() => server.close());

test("webhooks are created, read, changed, tested and deleted", async () => {
  const created = await client.createWebhook({
    name: "w",
    url: "http://127.0.0.1:1/",
    events: ["model_version.created", "prompt_tag.set"],
    secret: "s",
  });
  expect(created).toMatchObject({ name: "w", status: "ACTIVE", description: "" });
  const { webhookId } = created;
  expect(await client.getWebhook(webhookId)).toEqual(created);
  const changed = await client.updateWebhook({ webhookId, status: "DISABLED", description: "d" });
  expect(changed).toMatchObject({ name: "w", status: "DISABLED", description: "d", events: created.events });
  expect((await client.listWebhooks()).items).toEqual([changed]);
  const all: unknown[] = [];
  for await (const webhook of client.listWebhooksAll()) all.push(webhook);
  expect(all).toEqual([changed]);
  const result = await client.testWebhook(webhookId, "prompt_tag.set");
  expect(result.success).toBe(false);
  expect(result.errorMessage).toContain("ECONNREFUSED");
  await client.deleteWebhook(webhookId);
  await expect(client.getWebhook(webhookId)).rejects.toThrow("not found");
});
