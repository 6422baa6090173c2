import fc from "fast-check";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const PROTOBUF = "application/x-protobuf";

/** A minimal span named `s`, in the trace whose id ends with the number. */
function oneSpan(number: number): Buffer {
  const traceId = [...Array<number>(15).fill(1), number];
  const span = [...field(1, traceId), ...field(2, Array<number>(8).fill(2)), ...field(5, [115])];
  return Buffer.from(field(1, field(2, field(2, span))));
}

function field(number: number, bytes: readonly number[]): readonly number[] {
  return [number * 8 + 2, bytes.length, ...bytes];
}

async function post(
  body: Buffer | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly type: string | null; readonly text: string }> {
  const response = await fetch(`${server.url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": PROTOBUF, "x-mlflow-experiment-id": "0", ...headers },
    body,
  });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    text: await response.text(),
  };
}

async function spanNames(traceId: string): Promise<readonly string[]> {
  const response = await fetch(`${server.url}/api/3.0/mlflow/traces/get?trace_id=${traceId}`);
  // The test fails when the response has another shape.
  const { trace } = (await response.json()) as { trace: { spans: { name: string }[] } };
  return trace.spans.map(({ name }) => name);
}

test("accepts protobuf, compressed or not, and answers in protobuf", async () => {
  expect(await post(oneSpan(1))).toEqual({ status: 200, type: PROTOBUF, text: "" });
  expect(await spanNames(`tr-${"01".repeat(15)}01`)).toEqual(["s"]);
  expect((await post(gzipSync(oneSpan(2)), { "content-encoding": "gzip" })).status).toBe(200);
  expect(await spanNames(`tr-${"01".repeat(15)}02`)).toEqual(["s"]);
});

test("accepts JSON and answers in JSON", async () => {
  const span = { traceId: "3".repeat(32), spanId: "4".repeat(16), name: "j", startTimeUnixNano: "1" };
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  const json = { "content-type": "application/json; charset=utf-8" };
  expect(await post(body, json)).toMatchObject({
    status: 200,
    type: expect.stringMatching(/^application\/json/),
    text: "{}",
  });
  expect(await spanNames(`tr-${span.traceId}`)).toEqual(["j"]);
});

test("links traces to the run in the header", async () => {
  const { run }: { run: { info: { run_id: string } } } = (
    await server.call("POST", "runs/create", { experiment_id: "0" })
  ).json;
  const { run_id: runId } = run.info;
  expect((await post(oneSpan(5), { "x-mlflow-run-id": runId })).status).toBe(200);
  const filter = encodeURIComponent(`run_id = '${runId}'`);
  const found = await fetch(`${server.url}/api/2.0/mlflow/traces?experiment_ids=0&filter=${filter}`);
  expect(await found.json()).toMatchObject({ traces: [{ request_id: `tr-${"01".repeat(15)}05` }] });
});

describe("refuses", () => {
  const refused = async (body: Buffer | string, headers: Record<string, string>): Promise<string> => {
    const { status, text } = await post(body, headers);
    const { error_code: code, message } = JSON.parse(text) as { error_code: string; message: string };
    return `${status} ${code}: ${message}`;
  };

  test.each([
    [
      "no experiment",
      oneSpan(1),
      { "x-mlflow-experiment-id": "" },
      "400 INVALID_PARAMETER_VALUE: Missing value for required parameter 'x-mlflow-experiment-id'",
    ],
    ["an absent one", oneSpan(1), { "x-mlflow-experiment-id": "9" }, "404 RESOURCE_DOES_NOT_EXIST"],
    ["an invalid id", oneSpan(1), { "x-mlflow-experiment-id": "x" }, "400 INVALID_PARAMETER_VALUE"],
    ["an absent run", oneSpan(9), { "x-mlflow-run-id": "none" }, "404 RESOURCE_DOES_NOT_EXIST"],
    ["another type", oneSpan(1), { "content-type": "text/plain" }, "400 BAD_REQUEST"],
    [
      "a request from another site's page",
      oneSpan(1),
      { origin: "http://evil.example" },
      "403 PERMISSION_DENIED",
    ],
    ["no bytes", "", {}, "400"],
    ["no spans", Buffer.from([0x10, 0x01]), {}, "400 BAD_REQUEST: Invalid OpenTelemetry format - no spans"],
    ["invalid protobuf", "hello", {}, "400 MALFORMED_REQUEST"],
    ["invalid JSON", "{", { "content-type": "application/json" }, "400 MALFORMED_REQUEST"],
    ["invalid gzip", oneSpan(1), { "content-encoding": "gzip" }, "400 BAD_REQUEST: Failed to decompress"],
    ["JSON that is not OTLP", '{"resourceSpans":1}', { "content-type": "application/json" }, "400 MALFORMED"],
  ])("%s", async (_name, body, headers, words) => {
    expect(await refused(body, headers)).toContain(words);
  });

  test("a decompression bomb", async () => {
    const bomb = gzipSync(Buffer.alloc(33 * 1024 * 1024));
    expect(await refused(bomb, { "content-encoding": "gzip" })).toContain("413 MAX_BLOCK_SIZE_EXCEEDED");
  });

  test("a request without storing any of its spans", async () => {
    expect((await post(oneSpan(9), { "x-mlflow-run-id": "none" })).status).toBe(404);
    const { status } = await server.call("GET", `traces/tr-${"01".repeat(15)}09/info`);
    expect(status).toBe(404);
  });
});

test("no body causes an internal error", async () => {
  const nearly = fc
    .tuple(fc.nat({ max: 39 }), fc.nat({ max: 255 }))
    .map(([at, byte]) => Buffer.from(new Uint8Array(oneSpan(7)).with(at % oneSpan(7).length, byte)));
  const bytes = fc.oneof(
    nearly,
    fc.uint8Array({ minLength: 1, maxLength: 100 }).map((array) => Buffer.from(array)),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (body) => {
      expect((await post(body)).status).toBeLessThan(500);
    }),
    { numRuns: 200 },
  );
  await fc.assert(
    fc.asyncProperty(fc.json(), async (body) => {
      expect((await post(body, { "content-type": "application/json" })).status).toBeLessThan(500);
    }),
    { numRuns: 100 },
  );
});
