import { afterAll, beforeAll, expect, test } from "vitest";
import { requestHead, startTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const BODY = '{"name":"x"}';

test.each([
  ["GET", "/health", "websocket", ""],
  ["GET", "/version", "h2c", ""],
  ["GET", "/api/2.0/mlflow/experiments/get?experiment_id=0", "websocket", ""],
  ["GET", "/nowhere", "websocket", ""],
  ["GET", "/", "websocket", ""],
  ["POST", "/api/2.0/mlflow/experiments/get", "websocket", BODY],
  ["POST", "/api/2.0/mlflow/runs/search", "h2c, websocket", BODY],
  ["PUT", "/api/2.0/mlflow-artifacts/artifacts/x", "websocket", BODY],
])("%s %s with an upgrade to %s is answered as without", async (method, target, protocol, body) => {
  const length = `Content-Length: ${body.length}`;
  const headers = body === "" ? [] : ["Content-Type: application/json", length];
  const plain = await server.raw(requestHead(method, target, headers) + body);
  const head = requestHead(method, target, [...headers, `Upgrade: ${protocol}`]);
  const offered = await server.raw(head.replace("Connection: close", "Connection: Upgrade, close") + body);
  expect([offered.status, offered.body]).toEqual([plain.status, plain.body]);
});
