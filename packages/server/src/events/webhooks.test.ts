import { createHmac } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Received, type Receiver, startReceiver } from "../testing/receiver.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

const SECRET = "a secret that nobody reads back";
let receiver: Receiver;
let server: TestServer;
beforeAll(async () => {
  receiver = await startReceiver();
  server = await startTestServer({
    webhooks: { allowedSchemes: ["http", "https"], allowPrivateAddresses: true },
  });
});
afterAll(async () => {
  await server.close();
  await receiver.close();
});

type Wire = { webhook_id: string; url: string; events: unknown };

async function create(fields: object): Promise<Wire> {
  const body = { name: "hook", url: `${receiver.url}/hook`, ...fields };
  const answer = await server.call("POST", "webhooks", body);
  expect([answer.status, answer.body]).toEqual([200, expect.not.stringContaining(SECRET)]);
  return (answer.json as { webhook: Wire }).webhook;
}

const event = (entity: string, action: string): object => ({ entity, action });

let seen = 0;
beforeEach(() => {
  seen = receiver.received.length;
});

async function next(): Promise<Received & { readonly json: Record<string, unknown> }> {
  await receiver.waitFor(++seen);
  const got = receiver.received[seen - 1];
  if (got === undefined) throw new TypeError("no request arrived");
  return { ...got, json: JSON.parse(got.body) as Record<string, unknown> }; // The body is an object.
}

describe("deliveries", () => {
  let hook: Wire;
  beforeAll(async () => {
    hook = await create({
      secret: SECRET,
      events: [
        event("REGISTERED_MODEL", "CREATED"),
        event("MODEL_VERSION", "CREATED"),
        event("MODEL_VERSION_TAG", "SET"),
        event("MODEL_VERSION_TAG", "DELETED"),
        event("MODEL_VERSION_ALIAS", "CREATED"),
        event("MODEL_VERSION_ALIAS", "DELETED"),
        event("PROMPT", "CREATED"),
        event("PROMPT_VERSION", "CREATED"),
        event("PROMPT_TAG", "SET"),
        event("PROMPT_ALIAS", "CREATED"),
      ],
    });
  });
  afterAll(() => server.call("DELETE", `webhooks/${hook.webhook_id}`, {}));

  test("are signed over the id, time and body", async () => {
    await server.call("POST", "registered-models/create", { name: "signed" });
    const { headers, body, json } = await next();
    const id = String(headers["x-mlflow-delivery-id"]);
    const timestamp = String(headers["x-mlflow-timestamp"]);
    const digest = createHmac("sha256", SECRET).update(`${id}.${timestamp}.${body}`).digest("base64");
    expect(headers["x-mlflow-signature"]).toBe(`v1,${digest}`);
    expect(headers["content-type"]).toBe("application/json");
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(json).toEqual({
      entity: "registered_model",
      action: "created",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$/),
      data: { name: "signed", tags: {}, description: "" },
    });
  });

  test("report versions with their tags and aliases", async () => {
    await server.call("POST", "registered-models/create", { name: "told" });
    await next();
    const version = { name: "told", version: "1" };
    const tag = { key: "k", value: "v" };
    const steps: [string, string, object, object][] = [
      [
        "POST",
        "model-versions/create",
        { name: "told", source: "s3://b/x", tags: [tag] },
        { ...version, source: "s3://b/x", run_id: null, tags: { k: "v" }, description: null },
      ],
      ["POST", "model-versions/set-tag", { ...version, ...tag }, { ...version, ...tag }],
      ["DELETE", "model-versions/delete-tag", { ...version, key: "k" }, { ...version, key: "k" }],
      ["POST", "registered-models/alias", { ...version, alias: "a" }, { ...version, alias: "a" }],
      ["DELETE", "registered-models/alias", { name: "told", alias: "a" }, { name: "told", alias: "a" }],
    ];
    for (const [method, path, body, data] of steps) {
      expect((await server.call(method, path, body)).status).toBe(200);
      expect((await next()).json["data"]).toEqual(data);
    }
  });

  test("have separate events for prompts", async () => {
    const mark = { key: "mlflow.prompt.is_prompt", value: "true" };
    await server.call("POST", "registered-models/create", {
      name: "p",
      tags: [mark, { key: "a", value: "1" }],
    });
    expect((await next()).json).toMatchObject({ entity: "prompt", data: { name: "p", tags: { a: "1" } } });
    const tags = [mark, { key: "mlflow.prompt.text", value: "Hi {{x}}" }];
    await server.call("POST", "model-versions/create", { name: "p", source: "prompt-template", tags });
    expect((await next()).json).toMatchObject({
      entity: "prompt_version",
      data: { name: "p", version: "1", template: "Hi {{x}}", tags: {}, description: null },
    });
    await server.call("POST", "registered-models/set-tag", { name: "p", key: "b", value: "2" });
    expect((await next()).json).toMatchObject({ entity: "prompt_tag", action: "set" });
    await server.call("POST", "registered-models/alias", { name: "p", version: "1", alias: "prod" });
    expect((await next()).json).toMatchObject({ entity: "prompt_alias", action: "created" });
    await server.call("POST", "registered-models/set-tag", { name: "told", key: "b", value: "2" });
    await server.call("POST", "registered-models/create", { name: "after" });
    expect((await next()).json).toMatchObject({ data: { name: "after" } });
  });

  test("are retried with the same id while the receiver is overloaded", async () => {
    receiver.answers.push(
      { status: 503, headers: { "retry-after": "0" } },
      { status: 429, headers: { "retry-after": "0" } },
    );
    await server.call("POST", "registered-models/create", { name: "repeated" });
    const attempts = [await next(), await next(), await next()];
    expect(new Set(attempts.map(({ headers }) => headers["x-mlflow-delivery-id"])).size).toBe(1);
    expect(new Set(attempts.map(({ body }) => body)).size).toBe(1);
  });

  test("do not follow redirects and are not retried after a refusal", async () => {
    receiver.answers.push(
      { status: 302, headers: { location: `${receiver.url}/elsewhere` } },
      { status: 404 },
    );
    await server.call("POST", "registered-models/create", { name: "redirected" });
    await server.call("POST", "registered-models/create", { name: "refused" });
    await server.call("POST", "registered-models/create", { name: "arrives" });
    const names = [await next(), await next(), await next()].map(({ json }) => json["data"]);
    expect(names).toMatchObject([{ name: "redirected" }, { name: "refused" }, { name: "arrives" }]);
  });

  test("are not sent for failed calls or to disabled webhooks", async () => {
    expect((await server.call("POST", "registered-models/create", { name: "signed" })).status).toBe(400);
    await server.call("PATCH", `webhooks/${hook.webhook_id}`, { status: "DISABLED" });
    await server.call("POST", "registered-models/create", { name: "unheard" });
    await server.call("PATCH", `webhooks/${hook.webhook_id}`, { status: "ACTIVE" });
    await server.call("POST", "registered-models/create", { name: "heard" });
    expect((await next()).json).toMatchObject({ data: { name: "heard" } });
  });
});

describe("a test delivery", () => {
  test("sends an example once and returns the receiver's response", async () => {
    const { webhook_id: id } = await create({ events: [event("MODEL_VERSION_TAG", "SET")] });
    receiver.answers.push({ status: 500 });
    const failed = await server.call("POST", `webhooks/${id}/test`, {});
    expect(failed.json).toEqual({
      result: { success: false, response_status: 500, response_body: "taken" },
    });
    const sent = await next();
    expect(sent.json).toMatchObject({ entity: "model_version_tag", data: { key: "example_key" } });
    expect(sent.headers["x-mlflow-signature"]).toBeUndefined();
    const passed = await server.call("POST", `webhooks/${id}/test`, { event: event("PROMPT", "CREATED") });
    expect(passed.json).toEqual({ result: { success: true, response_status: 200, response_body: "taken" } });
    expect((await next()).json).toMatchObject({ entity: "prompt", data: { name: "example_prompt" } });
    await server.call("PATCH", `webhooks/${id}`, { url: "http://127.0.0.1:1/" });
    const unreached = await server.call("POST", `webhooks/${id}/test`, {});
    expect(unreached.json).toMatchObject({
      result: { success: false, error_message: expect.stringContaining("ECONNREFUSED") },
    });
    await server.call("DELETE", `webhooks/${id}`, {});
  });

  test("of an absent webhook is refused", async () => {
    const answer = await server.call("POST", "webhooks/none/test", {});
    expect([answer.status, answer.json]).toMatchObject([404, { error_code: "RESOURCE_DOES_NOT_EXIST" }]);
  });
});

describe("a server with the default policy", () => {
  let strict: TestServer;
  beforeAll(async () => {
    strict = await startTestServer();
  });
  afterAll(() => strict.close());

  test.each([
    ["http://1.1.1.1/", "Invalid webhook URL scheme: 'http'. Allowed schemes are: https."],
    ["https://127.0.0.1/", "Webhook URL must not resolve to a non-public IP address."],
    ["https://[::1]/", "Webhook URL must not resolve to a non-public IP address."],
    ["https://169.254.169.254/latest/meta-data/", "Webhook URL must not resolve to a non-public IP address."],
  ])("sends nothing to %s", async (url, says) => {
    const body = { name: "x", url, events: [event("REGISTERED_MODEL", "CREATED")] };
    const answer = await strict.call("POST", "webhooks", body);
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining(says)]);
  });
});

test("an update keeps absent fields, including the secret", async () => {
  const hook = await create({ events: [event("PROMPT", "CREATED")], secret: SECRET, description: "d" });
  const path = `webhooks/${hook.webhook_id}`;
  const updated = await server.call("PATCH", path, { name: "renamed", events: [], url: "", secret: "" });
  expect(updated.json).toMatchObject({ webhook: { name: "renamed", url: hook.url, events: hook.events } });
  await server.call("POST", `${path}/test`, {});
  expect((await next()).headers["x-mlflow-signature"]).toMatch(/^v1,/);
  expect((await server.call("GET", "webhooks?max_results=0")).json).toMatchObject({
    webhooks: [{ webhook_id: hook.webhook_id, description: "d" }],
  });
  await server.call("DELETE", path, {});
});
