import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const statusOf = async (path: string): Promise<number> => (await fetch(server.url + path)).status;

test.each(["/api", "/ajax-api"])("calls are also served below /preview, under %s", async (prefix) => {
  expect(await statusOf(`${prefix}/2.0/preview/mlflow/experiments/list`)).toBe(200);
  expect(await statusOf(`${prefix}/2.0/preview/mlflow/registered-models/list?max_results=5`)).toBe(200);
  expect(await statusOf(`${prefix}/2.0/preview/mlflow/experiments/get?experiment_id=0`)).toBe(200);
  expect(await statusOf(`${prefix}/2.0/preview/mlflow/unknown`)).toBe(404);
  expect(await statusOf(`${prefix}/2.0/preview/mlflow-artifacts/artifacts`)).toBe(404);
  expect(await statusOf(`${prefix}/3.0/preview/mlflow/server-info`)).toBe(404);
});
