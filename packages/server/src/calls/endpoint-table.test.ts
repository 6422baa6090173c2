import { API_PREFIXES, type Endpoint, endpoints } from "@flightdeck/protocol";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

/* Every entry of the table is served under both prefixes, and no input makes it fail. */

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ jobs: { maxParallel: 0, allow: true } }); // The jobs created here must not run.
});
afterAll(() => server.close());

/** Calls that delete come last, because the others need the records. */
const table: [string, Endpoint][] = Object.entries(endpoints).toSorted(
  ([a], [b]) => Number(a.startsWith("delete")) - Number(b.startsWith("delete")),
);

type Outcome = { readonly status: number; readonly code: string };

async function send(endpoint: Endpoint, prefix: string, fields: Record<string, unknown>): Promise<Outcome[]> {
  const path = endpoint.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    const value = fields[name];
    return encodeURIComponent(
      typeof value === "string" && value.isWellFormed() && value !== "" ? value : "x",
    );
  });
  const url = `${server.url}${prefix}/${endpoint.versions[0]}${path}`;
  return await Promise.all(endpoint.methods.map((method) => outcome(method, url, fields)));
}

async function outcome(method: string, url: string, fields: Record<string, unknown>): Promise<Outcome> {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(fields))
    query.append(key, typeof value === "string" ? value : JSON.stringify(value));
  const headers = { "content-type": "application/json" };
  const response =
    method === "GET"
      ? await fetch(`${url}?${query.toString()}`)
      : await fetch(url, { method, headers, body: JSON.stringify(fields) });
  const body = (await response.json()) as { error_code?: string }; // Every response is a JSON object.
  return { status: response.status, code: body.error_code ?? "" };
}

describe.each(API_PREFIXES)("under %s", (prefix) => {
  test.each(table)("%s is served", async (_name, endpoint) => {
    for (const { status, code } of await send(endpoint, prefix, {})) {
      expect(code).not.toBe("ENDPOINT_NOT_FOUND");
      expect([200, 400, 404]).toContain(status);
    }
  });
});

/** Ids of existing records. With unknown ids, a call fails before its other fields reach the store. */
const valid: Record<string, unknown> = {};
beforeAll(async () => {
  const experiment: { experiment_id: string } = (
    await server.call("POST", "experiments/create", { name: "e" })
  ).json;
  const experimentId = experiment.experiment_id;
  const { run }: { run: { info: { run_id: string } } } = (
    await server.call("POST", "runs/create", { experiment_id: experimentId })
  ).json;
  const { model }: { model: { info: { model_id: string } } } = (
    await server.call("POST", "logged-models", { experiment_id: experimentId, name: "m" })
  ).json;
  await server.call("POST", "registered-models/create", { name: "r" });
  const source = `models:/${model.info.model_id}`;
  const version = { name: "r", source, model_id: model.info.model_id };
  expect((await server.call("POST", "model-versions/create", version)).status).toBe(200);
  const started: { trace_info: { request_id: string } } = (
    await server.call("POST", "traces", { experiment_id: experimentId, timestamp_ms: 1 })
  ).json;
  const traceId = started.trace_info.request_id;
  const location = { mlflow_experiment: { experiment_id: experimentId } };
  Object.assign(valid, {
    trace_id: traceId,
    request_id: traceId,
    trace_ids: [traceId],
    locations: [location],
    trace: {
      trace_info: { trace_id: traceId, trace_location: location, request_time: "2026-01-01T00:00:00Z" },
    },
    assessment: { assessment_name: "good", feedback: { value: true } },
    update_mask: "feedback",
    timestamp_ms: 1,
    run_id: run.info.run_id,
    run_ids: [run.info.run_id],
    experiment_id: experimentId,
    experiment_ids: [experimentId],
    model_id: model.info.model_id,
    name: "r",
    key: "k",
    metric_key: "k",
    source,
    timestamp: 1,
    value: "1",
    version: "1",
    alias: "a",
    stage: "Staging",
  });
});

const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    "",
    "\0",
    "../../etc/passwd",
    "mlflow-artifacts:/../x",
    "'; DROP TABLE runs; --",
    "%00",
    "%",
    "x".repeat(9000),
    "NaN",
    "-1",
    "9223372036854775808",
    -1,
    0.5,
    1e308,
    Number.MAX_SAFE_INTEGER,
    null,
    true,
    "\ud800",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const entry = fc.dictionary(
  fc.constantFrom("key", "value", "timestamp", "step", "model_id", "dataset", "name", "digest", "tags"),
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom<unknown>("k", 1, "1") }, scalar),
);
const hostile = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 2, arbitrary: fc.array(fc.oneof(scalar, entry), { maxLength: 3 }) },
  fc.jsonValue({ maxDepth: 3 }),
);

describe("hostile input", () => {
  test.each(table)("%s accepts it or reports a client error", async (_name, endpoint) => {
    const fields = fieldNames(endpoint);
    const values = fc.dictionary(fc.constantFrom(...fields, "unknown"), hostile, { maxKeys: 3 });
    const kept = fc.subarray(fields, { minLength: Math.floor(fields.length / 2) });
    await fc.assert(
      fc.asyncProperty(values, kept, async (wrong, right) => {
        const known = right.filter((field) => field in valid).map((field) => [field, valid[field]]);
        const request = { ...Object.fromEntries(known), ...wrong };
        for (const { status } of await send(endpoint, "/api", request)) expect(status).toBeLessThan(500);
      }),
      { numRuns: 40 },
    );
  });
});

/** Also works for wrapped schemas: the message about a missing field contains its name. */
function fieldNames(endpoint: Endpoint): string[] {
  const shape: unknown =
    Reflect.get(endpoint.request, "shape") ?? Reflect.get(innerOf(endpoint.request), "shape");
  return typeof shape === "object" && shape !== null ? ["run_id", ...Object.keys(shape)] : ["run_id"];
}

function innerOf(schema: object): object {
  const def: unknown = Reflect.get(schema, "def");
  const out: unknown = typeof def === "object" && def !== null ? Reflect.get(def, "out") : undefined;
  return typeof out === "object" && out !== null ? out : {};
}

test("a path field that the body gives as an object is a client error", async () => {
  const { status, json } = await server.call("PATCH", "traces/tr-1", { request_id: { toString: "" } });
  expect(status).toBe(400);
  expect(json).toMatchObject({ error_code: "INVALID_PARAMETER_VALUE" });
});
