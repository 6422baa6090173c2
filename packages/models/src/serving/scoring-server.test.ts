import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { saveModel } from "../save-model.ts";
import { fitForest } from "../testing/fit-forest.ts";
import { loadModel } from "../load-model.ts";
import type { Model } from "../model.ts";
import { type ScoringServer, startScoringServer } from "./scoring-server.ts";

let modelDir: string;
let model: Model;
let server: ScoringServer;

beforeAll(async () => {
  modelDir = await mkdtemp(join(tmpdir(), "flightdeck-serving-"));
  await saveModel(await fitForest(), modelDir);
  model = await loadModel(modelDir);
  server = await startScoringServer({ model, port: 0 });
});

afterAll(async () => {
  await server.close();
  await rm(modelDir, { recursive: true, force: true });
});

const TABLE = {
  columns: ["Distance", "DayofWeek"],
  data: [
    [1846, 4],
    [100, 4],
  ],
};

async function invoke(contentType: string, body: string): Promise<{ status: number; answer: unknown }> {
  const headers = { "Content-Type": contentType };
  const response = await fetch(`${server.url}/invocations`, { method: "POST", headers, body });
  return { status: response.status, answer: await response.json() };
}

describe("invocations", () => {
  test.each([
    ["dataframe_split", { dataframe_split: TABLE }],
    [
      "dataframe_records",
      {
        dataframe_records: [
          { Distance: 1846, DayofWeek: 4 },
          { Distance: 100, DayofWeek: 4 },
        ],
      },
    ],
    ["instances", { instances: TABLE.data }],
    ["inputs", { inputs: { Distance: [1846, 100], DayofWeek: [4, 4] } }],
  ])("answers %s with predictions", async (_, body) => {
    expect(await invoke("application/json", JSON.stringify(body))).toEqual({
      status: 200,
      answer: { predictions: [1, 0] },
    });
  });

  test("answers MLflow 1's bare table with a bare list", async () => {
    const answered = await invoke("application/json; format=pandas-split", JSON.stringify(TABLE));
    expect(answered).toEqual({ status: 200, answer: [1, 0] });
    const records = await invoke(
      "application/json; format=pandas-records",
      '[{"DayofWeek": 1, "Distance": 2000}]',
    );
    expect(records.answer).toEqual([1]);
  });

  test("answers CSV", async () => {
    const { answer } = await invoke("text/csv", "DayofWeek,Extra,Distance\n4,x,1846\n4,y,\n");
    expect(answer).toMatchObject({ predictions: [1, expect.any(Number)] });
  });

  const JSON_TYPE = "application/json";
  test.each([
    [JSON_TYPE, '{"instances', [400, "BAD_REQUEST", "valid JSON"]],
    [JSON_TYPE, "{}", [400, "BAD_REQUEST", "exactly one of the input fields"]],
    [JSON_TYPE, "", [400, "BAD_REQUEST", "valid JSON"]],
    [
      JSON_TYPE,
      '{"instances": [{"Distance": 1}]}',
      [400, "INVALID_PARAMETER_VALUE", "Model is missing inputs ['DayofWeek']."],
    ],
    [JSON_TYPE, '{"instances": [[1, "x"]]}', [400, "BAD_REQUEST", "column DayofWeek"]],
    ["text/csv", '"a', [400, "BAD_REQUEST", "the body is not CSV of the model's columns"]],
    ["text/plain", "x", [415, "BAD_REQUEST", "Got 'text/plain'"]],
    [`${JSON_TYPE}; format=pandas-wide`, "x", [415, "BAD_REQUEST", "pandas-wide"]],
  ])("refuses %s %s", async (contentType, body, [status, code, says]) => {
    const refused = await invoke(contentType, body);
    expect(refused.status).toBe(status);
    expect(refused.answer).toMatchObject({
      error_code: code,
      message: expect.stringContaining(String(says)),
    });
  });
});

test.each(["/ping", "/health"])("%s answers", async (path) => {
  const response = await fetch(server.url + path);
  expect(response.status).toBe(200);
  expect(await response.text()).toBe("\n");
});

test("the error for an unknown path lists the known ones", async () => {
  const response = await fetch(`${server.url}/predict`);
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({
    error_code: "ENDPOINT_NOT_FOUND",
    message: "GET /predict is not served; POST /invocations, GET /ping, /health, /version, /metrics are",
  });
});

test("a request with another Host header is refused, since any site can make its name resolve to this server", async () => {
  expect(await statusForHost("evil.example")).toBe(403);
  expect(await statusForHost(`localhost:${new URL(server.url).port}`)).toBe(200);
});

test("a port in use gives a one-line error", async () => {
  const port = Number(new URL(server.url).port);
  await expect(startScoringServer({ model, port })).rejects.toMatchObject({
    code: "RESOURCE_CONFLICT",
    message: `port ${port} of 127.0.0.1 is in use; choose another`,
  });
});

/** `fetch` sets the Host header itself, so this uses `node:http`. */
function statusForHost(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${server.url}/ping`, { headers: { host }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", reject).end();
  });
}
