import { API_PREFIXES, type Endpoint, endpoints } from "@flightdeck/protocol";
import fc from "fast-check";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  hostileBody,
  hostileText,
  type KnownValues,
  requestArbitrary,
} from "../testing/request-arbitrary.ts";
import { type Answer, requestHead, startTestServer, type TestServer } from "../testing/test-server.ts";

/*
 * Whatever a client sends, the server answers in time, says what is wrong, and never with an internal error. All tests share
 * one server, so later requests run against what earlier ones have stored.
 */

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 15);
/** Much longer than any of these requests takes. */
const ANSWER_WAIT_MS = 10_000;

let server: TestServer;
let pageDir: string;
beforeAll(async () => {
  pageDir = await mkdtemp(join(tmpdir(), "page-"));
  await writeFile(join(pageDir, "index.html"), "<!doctype html>");
  const webhooks = { allowedSchemes: ["http"], allowPrivateAddresses: true };
  const jobs = { maxParallel: 0 }; // The jobs created here must not run.
  server = await startTestServer({ pageDir, webhooks, jobs });
});
afterAll(async () => {
  await server.close();
  await rm(pageDir, { recursive: true });
});

let seeds = 0;

/** Creates one record of each kind for each test, so that deleting or renaming them does not affect other tests. */
async function seed(): Promise<KnownValues> {
  const name = `n${++seeds}`;
  const experiment = await post("experiments/create", { name });
  const experimentId = experiment["experiment_id"];
  const { run } = await post("runs/create", { experiment_id: experimentId });
  const runId: unknown = run.info.run_id;
  const { model } = await post("logged-models", { experiment_id: experimentId, name, source_run_id: runId });
  const modelId: unknown = model.info.model_id;
  await post("registered-models/create", { name });
  const source = `models:/${String(modelId)}`;
  await post("model-versions/create", { name, source, model_id: modelId });
  const events = [{ entity: "MODEL_VERSION_TAG", action: "SET" }];
  const { webhook } = await post("webhooks", { name, url: NOBODY, events });
  const trace = { experiment_id: experimentId, timestamp_ms: 1 };
  const traceId: unknown = (await post("traces", trace)).trace_info.request_id;
  return {
    experiment_id: experimentId,
    experiment_ids: experimentId,
    experiment_name: name,
    run_id: runId,
    run_ids: runId,
    source_run_id: runId,
    model_id: modelId,
    trace_id: traceId,
    trace_ids: traceId,
    request_id: traceId,
    request_ids: traceId,
    webhook_id: webhook.webhook_id,
    name,
    new_name: `${name}-new`,
    source,
    version: "1",
    path: ["a/b", "/a/b"],
    stage: "Staging",
    stages: "None",
    field_name: ["name", "metrics.k"],
    order_by: ["name DESC", "tags.k"],
    url: NOBODY,
    page_token: "",
    max_results: [1, 5],
    model_json: '{"flavors":{}}',
    data: "YQ==",
    request_time: "2026-01-01T00:00:00Z",
    create_time: "2026-01-01T00:00:00Z",
    last_update_time: "2026-01-01T00:00:00Z",
    execution_duration: "1.5s",
    upload_id: "x",
    events,
  };
}

/** A port without a listener. */
const NOBODY = "http://127.0.0.1:1/";

/** A response whose fields the test knows. */
type Json = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- A wrong field fails the seed.

async function post(path: string, body: object): Promise<Json> {
  const answer = await server.call("POST", path, body);
  expect(answer.status, answer.body).toBe(200);
  return answer.json;
}

const table: [string, Endpoint][] = Object.entries(endpoints);

async function answerTo(url: string, init: RequestInit): Promise<Pick<Answer, "status" | "body">> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_WAIT_MS) });
  return { status: response.status, body: await response.text() };
}

/** A response is JSON; an error has a code and a message. */
function expectGoodAnswer({ status, body }: Pick<Answer, "status" | "body">): void {
  expect(status, body).toBeLessThan(500);
  if (status < 400) return;
  expect(JSON.parse(body)).toMatchObject({ error_code: expect.any(String), message: expect.any(String) });
}

function urlOf(endpoint: Endpoint, prefix: string, fields: KnownValues): string {
  const path = endpoint.path.replaceAll(/\{([\w.]+)\}/g, (_all, name: string) => pathText(fields[name]));
  return `${prefix}/${endpoint.versions.at(-1)}${path}`;
}

/** Encodes a value as a client would. Segments of only dots would be resolved as relative paths. */
function pathText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value ?? "x");
  const encoded = encodeURIComponent(text.toWellFormed());
  return encoded === "" || /^\.+$/.test(encoded) ? "x" : encoded.slice(0, 2000);
}

function queryOf(fields: KnownValues): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      query.append(name, typeof item === "string" ? item : JSON.stringify(item));
    }
  }
  return query.toString().slice(0, 8000); // Longer targets never reach a route.
}

const JSON_HEADERS = { "content-type": "application/json" };

describe("well-formed requests with one hostile value", () => {
  test.each(table)("%s", async (_name, endpoint) => {
    const known = await seed();
    const prefix = fc.constantFrom(...API_PREFIXES);
    await fc.assert(
      fc.asyncProperty(requestArbitrary(endpoint, known), prefix, async (fields, api) => {
        for (const method of endpoint.methods) {
          const url = server.url + urlOf(endpoint, api, fields);
          const answer =
            method === "GET"
              ? await answerTo(`${url}?${queryOf(fields)}`, {})
              : await answerTo(url, { method, headers: JSON_HEADERS, body: JSON.stringify(fields) });
          expectGoodAnswer(answer);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe("invalid bodies", () => {
  test.each(table.filter(([, { methods }]) => methods[0] !== "GET"))("%s", async (_name, endpoint) => {
    const known = await seed();
    const [method] = endpoint.methods;
    await fc.assert(
      fc.asyncProperty(hostileBody, async (body) => {
        const url = server.url + urlOf(endpoint, "/api", known);
        expectGoodAnswer(await answerTo(url, { method, headers: JSON_HEADERS, body }));
      }),
      { numRuns: RUNS },
    );
  });
});

/** Routes outside of the table, with `*` where the hostile text goes. */
const ROUTES: readonly [string, string][] = [
  ["GET", "/api/2.0/mlflow-artifacts/artifacts/*"],
  ["PUT", "/api/2.0/mlflow-artifacts/artifacts/*"],
  ["DELETE", "/ajax-api/2.0/mlflow-artifacts/artifacts/*"],
  ["GET", "/api/2.0/mlflow-artifacts/artifacts?path=*"],
  ["POST", "/api/2.0/mlflow-artifacts/mpu/create/*"],
  ["POST", "/api/2.0/mlflow-artifacts/mpu/complete/*"],
  ["POST", "/api/2.0/mlflow-artifacts/mpu/abort/*"],
  ["GET", "/get-artifact?run_id=RUN&path=*"],
  ["GET", "/get-artifact?path=x&run_uuid=*"],
  ["GET", "/model-versions/get-artifact?name=NAME&version=1&path=*"],
  ["GET", "/model-versions/get-artifact?name=NAME&path=x&version=*"],
  ["GET", "/ajax-api/2.0/mlflow/logged-models/*/artifacts/files?artifact_file_path=x"],
  ["POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid=RUN&path=*"],
  ["GET", "/api/2.0/preview/mlflow/*"],
  ["GET", "/api/2.0/mlflow/runs/get?*"],
  ["GET", "/api/2.0/mlflow/experiments/search?*"],
  ["POST", "/graphql?*"],
  ["POST", "/v1/traces?*"],
  ["GET", "/*"],
  ["HEAD", "/*"],
  ["OPTIONS", "/api/*"],
];

/** Targets are sent unchanged: raw bytes, percent-encoded text, or both. */
const rawText = fc.oneof(
  hostileText.map((text) => encodeURIComponent(text.toWellFormed()).slice(0, 6000)),
  fc
    .array(
      fc.constantFrom(
        "..",
        ".",
        "%2e%2e",
        "%2F",
        "/",
        "//",
        "\\",
        "%5c",
        "%",
        "%zz",
        "%00",
        "#",
        "?",
        "&",
        "=",
        ";",
        "[]",
        "a",
        "%ff%fe",
        "%25",
      ),
      {
        maxLength: 12,
      },
    )
    .map((parts) => parts.join("")),
);

describe("hostile paths and queries of routes outside of the table", () => {
  test.each(ROUTES)("%s %s", async (method, route) => {
    const known = await seed();
    await fc.assert(
      fc.asyncProperty(rawText, hostileBody, async (text, body) => {
        const target = route
          .replace("RUN", String(known["run_id"]))
          .replace("NAME", String(known["name"]))
          .replace("*", () => text);
        const bytes = Buffer.byteLength(body);
        const head = requestHead(method, target, [
          "Content-Type: application/json",
          `Content-Length: ${bytes}`,
        ]);
        const answer = await server.raw(head + body);
        expect(answer.status, answer.body).toBeGreaterThanOrEqual(200);
        expect(answer.status, answer.body).toBeLessThan(500);
      }),
      { numRuns: RUNS * 2 },
    );
  });
});

test("a body with ten thousand nested levels is refused before it is parsed, and the server keeps running", async () => {
  for (const body of ["[[],".repeat(10_000), '{"a":'.repeat(10_000)]) {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${server.url}/api/2.0/mlflow/runs/search`, { method: "POST", headers, body });
    expect([answer.status, await answer.text()]).toEqual([
      400,
      '{"error_code":"BAD_REQUEST","message":"the request is nested deeper than 100 levels"}',
    ]);
  }
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
});
