import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { LongResponse } from "./long-response.ts";

let server: TestServer;
let runId = "";
beforeAll(async () => {
  server = await startTestServer();
  for (let index = 0; index < 1203; index++) {
    const { run } = await created({ experiment_id: "0", start_time: index, run_name: `run ${index}` });
    runId = run.info.run_id;
  }
  for (let start = 0; start < 7000; start += 1000) {
    const metrics = Array.from({ length: 1000 }, (_, index) => ({
      key: "loss",
      value: 1 / (start + index + 1),
      timestamp: 1,
      step: start + index,
    }));
    await server.call("POST", "runs/log-batch", { run_id: runId, metrics });
  }
}, 60_000);
afterAll(() => server.close());

type Created = { readonly run: { readonly info: { readonly run_id: string } } };

async function created(run: object): Promise<Created> {
  return (await server.call("POST", "runs/create", run)).json;
}

type Runs = { readonly runs: readonly unknown[]; readonly next_page_token?: string };

async function search(rest: object): Promise<Runs> {
  return (await server.call("POST", "runs/search", { experiment_ids: ["0"], ...rest })).json;
}

test("a page of more than a thousand runs equals the pages that make it up", async () => {
  const long = await search({ max_results: 1100 });
  const first = await search({ max_results: 600 });
  const second = await search({ max_results: 500, page_token: first.next_page_token });
  expect(long.runs).toEqual([...first.runs, ...second.runs]);
  expect(long.next_page_token).toBe(second.next_page_token);
  const rest = await search({ max_results: 50_000, page_token: long.next_page_token });
  expect(rest.runs).toHaveLength(103);
  expect(rest).not.toHaveProperty("next_page_token");
});

test("a long answer has the bytes of JSON.stringify", async () => {
  const input = { experiment_ids: ["0"], max_results: 50_000 };
  const { body, headers } = await server.call("POST", "runs/search", input);
  expect(body).toBe(JSON.stringify(JSON.parse(body)));
  expect(headers.get("content-type")).toContain("application/json");
});

test("a history of thousands of points is whole", async () => {
  type History = { readonly metrics: readonly { readonly step: number }[] };
  const path = `metrics/get-history?run_id=${runId}&metric_key=loss`;
  const { metrics }: History = (await server.call("GET", path)).json;
  expect(metrics.map(({ step }) => step)).toEqual(Array.from({ length: 7000 }, (_, step) => step));
});

test("a wrong filter or token of a long page gets its error", async () => {
  for (const wrong of [{ filter: "metrics.acc >" }, { page_token: "x" }, { max_results: 50_001 }]) {
    const input = { experiment_ids: ["0"], max_results: 20_000, ...wrong };
    const { status, json } = await server.call("POST", "runs/search", input);
    expect(status).toBe(400);
    expect(json).toMatchObject({ error_code: "INVALID_PARAMETER_VALUE" });
  }
});

test("a failure after the first slices breaks the body off", async () => {
  async function* failing(): AsyncGenerator<{ items: readonly number[] }> {
    yield { items: [1] };
    yield { items: [2] };
    yield { items: [3] };
    throw new RangeError("the database is gone");
  }
  const body = await LongResponse.of("list", failing(), String).body();
  const read: string[] = [];
  const reading = (async () => {
    for await (const chunk of body) read.push(String(chunk));
  })();
  await expect(reading).rejects.toThrow("the database is gone");
  expect(read.join("")).not.toContain("}");
});
