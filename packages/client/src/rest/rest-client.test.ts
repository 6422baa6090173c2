import { endpoints } from "@flightdeck/protocol";
import { describe, expect, test } from "vitest";
import { answeringServer } from "../testing/answering-server.ts";
import { RestClient, type RestClientOptions } from "./rest-client.ts";

const RUN = JSON.stringify({ run: { info: { run_id: "r", experiment_id: "1" } } });
const FAST = { delayBaseMs: 1, attemptsMax: 4 };

function connect(trackingUri: string, options: Partial<RestClientOptions> = {}): RestClient {
  return new RestClient({ trackingUri, retry: FAST, ...options });
}

describe("answers", () => {
  test("are parsed, with defaults for missing fields", async () => {
    const { url, seen } = await answeringServer({ status: 200, body: RUN });
    const { run } = await connect(url).call(endpoints.getRun, { run_id: "r" });
    expect(run.info).toMatchObject({ run_id: "r", status: "RUNNING", start_time: 0 });
    expect(run.data.metrics).toEqual([]);
    expect(seen[0]).toMatchObject({ method: "GET", url: "/api/2.0/mlflow/runs/get?run_id=r", body: "" });
  });

  test("may be empty", async () => {
    const { url } = await answeringServer({ status: 200, body: "" });
    await expect(connect(url).call(endpoints.deleteRun, { run_id: "r" })).resolves.toEqual({});
  });

  test("that do not match the schema are a server error that names the field", async () => {
    const { url } = await answeringServer({ status: 200, body: '{"run": {"info": {"run_id": 3}}}' });
    await expect(connect(url).call(endpoints.getRun, { run_id: "r" })).rejects.toMatchObject({
      code: "INTERNAL_ERROR",
      message: expect.stringContaining("unexpected response to /mlflow/runs/get: run.info.run_id"),
    });
  });
});

describe("errors", () => {
  test("keep the server's code and message", async () => {
    const body = JSON.stringify({
      error_code: "RESOURCE_DOES_NOT_EXIST",
      message: "Run with id=r not found",
    });
    const { url, seen } = await answeringServer({ status: 404, body });
    await expect(connect(url).call(endpoints.getRun, { run_id: "r" })).rejects.toMatchObject({
      code: "RESOURCE_DOES_NOT_EXIST",
      message: "Run with id=r not found",
    });
    expect(seen).toHaveLength(1);
  });

  test("from something other than an MLflow server show what answered", async () => {
    const { url } = await answeringServer({ status: 403, body: "<html>Forbidden" });
    await expect(connect(url).call(endpoints.getRun, { run_id: "r" })).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
      message: `GET ${url}/api/2.0/mlflow/runs/get answered HTTP 403 with a body that is not JSON: <html>Forbidden`,
    });
  });

  test("show an HTML page that was sent with status 200", async () => {
    const { url } = await answeringServer({ status: 200, body: "<html>" });
    await expect(connect(url).call(endpoints.getRun, { run_id: "r" })).rejects.toThrow(
      "with a body that is not JSON: <html>",
    );
  });

  test("name the server that cannot be reached", async () => {
    const { url } = await answeringServer({});
    const gone = connect(url, { retry: { attemptsMax: 2, delayBaseMs: 1 } });
    await expect(gone.call(endpoints.getRun, { run_id: "r" })).rejects.toMatchObject({
      code: "TEMPORARILY_UNAVAILABLE",
      message: expect.stringContaining(`GET ${url}/api/2.0/mlflow/runs/get could not be reached`),
    });
  });
});

describe("retries", () => {
  test("continue until the server answers", async () => {
    const { url, seen } = await answeringServer(
      { status: 503 },
      {},
      { status: 500 },
      { status: 200, body: RUN },
    );
    await expect(connect(url).call(endpoints.getRun, { run_id: "r" })).resolves.toBeDefined();
    expect(seen).toHaveLength(4);
  });

  test("stop at the limit with the last error", async () => {
    const body = JSON.stringify({ error_code: "TEMPORARILY_UNAVAILABLE", message: "busy" });
    const { url, seen } = await answeringServer({ status: 503, body });
    await expect(connect(url).call(endpoints.getRun, { run_id: "r" })).rejects.toThrow("busy");
    expect(seen).toHaveLength(FAST.attemptsMax);
  });

  test("never create a second run", async () => {
    const { url, seen } = await answeringServer({}, { status: 200, body: RUN });
    await expect(connect(url).call(endpoints.createRun, { experiment_id: "1" })).rejects.toMatchObject({
      code: "TEMPORARILY_UNAVAILABLE",
    });
    expect(seen).toHaveLength(1);
  });

  test("send the same body again", async () => {
    const { url, seen } = await answeringServer({}, { status: 200 });
    await connect(url).call(endpoints.setTag, { run_id: "r", key: "k", value: "v" });
    expect(seen.map(({ body }) => body)).toEqual(Array(2).fill('{"run_id":"r","key":"k","value":"v"}'));
  });

  test("wait as long as the server requests", async () => {
    const { url, seen } = await answeringServer(
      { status: 429, headers: { "Retry-After": "0" } },
      { status: 200, body: RUN },
    );
    const slow = connect(url, { retry: { delayBaseMs: 3_600_000, delayMaxMs: 3_600_000 } });
    await slow.call(endpoints.getRun, { run_id: "r" });
    expect(seen).toHaveLength(2);
  });

  test("stop when the signal fires", async () => {
    const { url } = await answeringServer({ status: 503 });
    const controller = new AbortController();
    const slow = connect(url, { retry: { delayBaseMs: 3_600_000, delayMaxMs: 3_600_000 } });
    const call = slow.call(endpoints.getRun, { run_id: "r" }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(call).rejects.toMatchObject({ code: "CANCELLED" });
  });
});

describe("authentication", () => {
  test.each([
    ["a token", { token: "secret" }, "Bearer secret"],
    ["a user", { username: "me", password: "pä" }, `Basic ${Buffer.from("me:pä").toString("base64")}`],
    ["a token before a user without a password", { token: "secret", username: "me" }, "Bearer secret"],
    [
      "a user with a password before a token, as MLflow's own client",
      { token: "secret", username: "me", password: "pass" },
      `Basic ${btoa("me:pass")}`,
    ],
    ["nothing", {}, undefined],
  ])("with %s", async (_, options, authorization) => {
    const { url, seen } = await answeringServer({ status: 200, body: RUN });
    await connect(url, options).call(endpoints.getRun, { run_id: "r" });
    expect(seen[0]?.headers.authorization).toBe(authorization);
  });

  test("credentials in the address are not shown in errors", async () => {
    const { url } = await answeringServer({ status: 418, body: "teapot" });
    const client = connect(url.replace("//", "//me:hidden@"));
    await expect(client.call(endpoints.getRun, { run_id: "r" })).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hidden") }),
    );
    expect(client.headers.Authorization).toMatch(/^Basic /);
  });
});

test("the client's own signal cancels every call", async () => {
  const { url } = await answeringServer({ status: 200, body: RUN });
  const client = connect(url, { signal: AbortSignal.abort() });
  await expect(client.call(endpoints.getRun, { run_id: "r" })).rejects.toMatchObject({ code: "CANCELLED" });
});
