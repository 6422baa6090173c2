import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let server: TestServer;
let runId: string;
beforeAll(async () => {
  server = await startTestServer();
  const { run }: { run: { info: { run_id: string } } } = (
    await server.call("POST", "runs/create", { experiment_id: "0" })
  ).json;
  runId = run.info.run_id;
});
afterAll(() => server.close());

async function upload(query: string, body: string, type = "application/json"): Promise<number> {
  const url = `${server.url}/ajax-api/2.0/mlflow/upload-artifact?${query}`;
  return (await fetch(url, { method: "POST", headers: { "content-type": type }, body })).status;
}

async function download(path: string): Promise<string> {
  return await (await fetch(`${server.url}/get-artifact?run_id=${runId}&path=${path}`)).text();
}

test("an upload is stored byte for byte", async () => {
  const body = '{ "a":1e2,\n "a": [ ] }';
  expect(await upload(`run_uuid=${runId}&path=notes/a.json`, body)).toBe(200);
  expect(await download("notes/a.json")).toBe(body);
});

test("missing, hostile and oversized input is refused", async () => {
  const path = "path=a.json";
  expect(await upload(path, "{}")).toBe(400);
  expect(await upload(`run_uuid=${runId}`, "{}")).toBe(400);
  expect(await upload(`run_uuid=${runId}&${path}`, "")).toBe(400);
  expect(await upload(`run_uuid=${runId}&path=../../x`, "{}")).toBe(400);
  expect(await upload(`run_uuid=${"0".repeat(32)}&${path}`, "{}")).toBe(404);
  expect(await upload(`run_uuid=${runId}&${path}`, "{}", "text/plain")).toBe(400);
  expect(await upload(`run_uuid=${runId}&${path}`, "x".repeat(10 * 1024 * 1024 + 1))).toBe(413);
});
