import type { Webhook, WebhookEvent } from "@flightdeck/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WebhookStore } from "../webhooks/webhook-store.ts";
import { failure } from "./helpers.ts";

/** Tests that every `WebhookStore` must pass. */
export function describeWebhookStore(
  name: string,
  open: () => Promise<{ readonly webhooks: WebhookStore; close(): Promise<void> }>,
): void {
  describe(name, () => {
    let store: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());
    webhookTests(() => store.webhooks);
  });
}

const EVENTS: readonly WebhookEvent[] = ["model_version.created", "model_version_alias.created"];

function webhookTests(webhooks: () => WebhookStore): void {
  const make = (name: string, events = EVENTS): ReturnType<WebhookStore["createWebhook"]> =>
    webhooks().createWebhook({ name, url: `https://${name}.example`, events });

  test("keeps all fields and never returns the secret", async () => {
    const created = await webhooks().createWebhook({
      name: "kept",
      url: "https://a.example/x",
      events: [...EVENTS, ...EVENTS],
      description: "d",
      sealedSecret: "sealed",
      status: "DISABLED",
    });
    expect(created).toMatchObject({ name: "kept", description: "d", status: "DISABLED", events: EVENTS });
    const { webhookId } = created;
    expect(await webhooks().getWebhook(webhookId)).toEqual(created);
    expect(JSON.stringify(created)).not.toContain("sealed");
    expect(await webhooks().getWebhookTarget(webhookId)).toEqual({
      webhookId,
      url: "https://a.example/x",
      sealedSecret: "sealed",
    });
    await webhooks().deleteWebhook(webhookId);
    expect(await failure(webhooks().getWebhook(webhookId))).toBe(
      `RESOURCE_DOES_NOT_EXIST: Webhook with ID ${webhookId} not found.`,
    );
  });

  test("changes only the given fields", async () => {
    const { webhookId, creationTimeMs } = await make("changed");
    await webhooks().updateWebhook({ webhookId, sealedSecret: "s" });
    const events: readonly WebhookEvent[] = ["prompt.created"];
    const updated = await webhooks().updateWebhook({ webhookId, events, description: "e" });
    expect(updated).toMatchObject({
      name: "changed",
      events,
      description: "e",
      status: "ACTIVE",
      creationTimeMs,
    });
    expect((await webhooks().getWebhookTarget(webhookId)).sealedSecret).toBe("s");
    expect(await failure(webhooks().updateWebhook({ webhookId: "x", name: "y" }))).toContain("not found");
    await webhooks().deleteWebhook(webhookId);
  });

  test("finds the active webhooks of an event", async () => {
    const first = await make("first");
    const second = await make("second", ["model_version.created"]);
    const found = async (event: WebhookEvent): Promise<readonly string[]> =>
      (await webhooks().listWebhookTargets(event)).map(({ url }) => url);
    expect(await found("model_version.created")).toEqual([first.url, second.url]);
    expect(await found("model_version_alias.created")).toEqual([first.url]);
    expect(await found("prompt.created")).toEqual([]);
    await webhooks().updateWebhook({ webhookId: first.webhookId, status: "DISABLED" });
    expect(await found("model_version.created")).toEqual([second.url]);
    for (const { webhookId } of [first, second]) await webhooks().deleteWebhook(webhookId);
  });

  test("lists webhooks newest first, in pages", async () => {
    const made: Webhook[] = [];
    for (const name of ["p1", "p2", "p3", "p4", "p5"]) made.push(await make(name));
    const names: string[] = [];
    let pageToken: string | undefined;
    do {
      const page = await webhooks().listWebhooks({ maxResults: 2, pageToken });
      names.push(...page.items.map(({ name }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    expect(names).toEqual(["p5", "p4", "p3", "p2", "p1"]);
    expect(await failure(webhooks().listWebhooks({ maxResults: 1001 }))).toBe(
      "INVALID_PARAMETER_VALUE: max_results must be between 1 and 1000.",
    );
    for (const { webhookId } of made) await webhooks().deleteWebhook(webhookId);
  });

  test.each([
    ["", "Webhook name '' is invalid. It must start and end with a letter or digit"],
    ["-a", "Webhook name '-a' is invalid."],
    ["a b", "Webhook name 'a b' is invalid."],
    ["x".repeat(64), "is invalid."],
  ])("refuses the name %j", async (name, expected) => {
    expect(await failure(make(name))).toContain(expected);
  });

  test("refuses a webhook without events", async () => {
    expect(await failure(make("none", []))).toBe("INVALID_PARAMETER_VALUE: Webhook events cannot be empty");
  });
}
