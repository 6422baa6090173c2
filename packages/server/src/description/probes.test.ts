import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestHead, startTestServer, type TestServer } from "../testing/test-server.ts";
import { type ServerProcess, startServerProcess } from "../testing/server-process.ts";
import { openStore } from "@flightdeck/store";
import { DEFAULT_ARTIFACT_ROOT } from "@flightdeck/protocol";

const login = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

async function tokenOf(dataDir: string, name: string): Promise<string> {
  const backendStoreUri = `sqlite:///${join(dataDir, "flightdeck.db")}`;
  const store = await openStore({ backendStoreUri, defaultArtifactRoot: DEFAULT_ARTIFACT_ROOT });
  await store.workspace.ensurePrincipal(name, "user");
  const { value } = await store.workspace.createToken({ principalName: name });
  await store.close();
  return value;
}

describe("an open server", () => {
  let server: TestServer;
  beforeAll(async () => void (server = await startTestServer()));
  afterAll(() => server.close());

  test("counts calls by name and status, and reports its own memory and connections", async () => {
    await server.call("GET", "experiments/get?experiment_id=0");
    await server.call("GET", "experiments/get?experiment_id=77");
    await fetch(`${server.url}/nowhere`);
    const response = await fetch(`${server.url}/metrics`);
    expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    const lines = (await response.text()).split("\n");
    expect(lines).toContain('flightdeck_requests_total{call="getExperiment",method="GET",status="200"} 1');
    expect(lines).toContain('flightdeck_requests_total{call="getExperiment",method="GET",status="404"} 1');
    expect(lines).toContain('flightdeck_requests_total{call="none",method="GET",status="404"} 1');
    expect(lines).toContain('flightdeck_request_seconds_count{call="getExperiment"} 2');
    expect(lines).toContain("flightdeck_store_writes_waiting 0");
    for (const name of ["flightdeck_connections_open", "process_resident_memory_bytes"]) {
      const value = lines.find((line) => line.startsWith(`${name} `))?.split(" ")[1];
      expect(Number(value), name).toBeGreaterThan(0);
    }
    // Every line is a comment or a sample, as the format has them.
    const sample = /^[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+$/;
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/^# (HELP|TYPE) /.test(line) ? /./ : sample);
  });

  test("callers cannot create labels, however they spell a path", async () => {
    for (const path of [
      "/evil-label",
      "/api/2.0/mlflow/evil-label",
      "/api/2.0/mlflow/runs/get?evil-label=1",
    ]) {
      await fetch(server.url + path);
    }
    await server.raw(requestHead("EVIL-LABEL", "/health"));
    expect(await (await fetch(`${server.url}/metrics`)).text()).not.toMatch(/evil-label/i);
  });

  test("another Host header is refused for metrics and accepted for probes", async () => {
    const head = (path: string) =>
      ["GET ", path, " HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"].join("");
    expect((await server.raw(head("/metrics"))).status).toBe(403);
    expect((await server.raw(head("/ready"))).status).toBe(200);
  });

  test("a response has its request's id, and never an id that would corrupt a log", async () => {
    const idOf = async (id?: string): Promise<string | null> => {
      const init = id === undefined ? {} : { headers: { "x-request-id": id } };
      return (await fetch(`${server.url}/health`, init)).headers.get("x-request-id");
    };
    expect(await idOf("from-the-proxy/1")).toBe("from-the-proxy/1");
    const own = await idOf();
    expect(own).toMatch(/^[0-9a-f]{32}$/);
    expect(await idOf()).not.toBe(own);
    for (const bad of ["a b", '{"level":50}', "x".repeat(129), "ü"]) {
      expect(await idOf(bad)).toMatch(/^[0-9a-f]{32}$/);
    }
  });
});

describe("a server with --auth token", () => {
  let server: TestServer;
  let token: string;
  beforeAll(async () => {
    server = await startTestServer({ auth: "token" });
    token = await tokenOf(server.dataDir, "prometheus");
  });
  afterAll(() => server.close());

  test("shows metrics to anyone with a token", async () => {
    const path = `${server.url}/metrics`;
    expect((await fetch(path)).status).toBe(401);
    expect((await fetch(path, login("fdpat-wrong"))).status).toBe(401);
    expect((await fetch(path, login(token))).status).toBe(200);
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  });

  test("shows metrics to everybody with openMetrics", async () => {
    const open = await startTestServer({ auth: "token", openMetrics: true });
    expect((await fetch(`${open.url}/metrics`)).status).toBe(200);
    await open.close();
  });
});

describe("a server whose data folder disappears", () => {
  let folder: string;
  let server: ServerProcess;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "probes-"));
    server = await startServerProcess({ dataDir: join(folder, "data"), slowCallMs: 1, logLevel: "warn" });
  });
  afterAll(async () => {
    await server.kill("SIGKILL");
    await rm(folder, { recursive: true });
  });

  test("is not ready, says why without a path, and is ready again", async () => {
    const ready = async (): Promise<[number, string]> => {
      const response = await fetch(`${server.url}/ready`);
      return [response.status, await response.text()];
    };
    expect(await ready()).toEqual([200, "OK"]);
    await rename(join(folder, "data"), join(folder, "moved"));
    await writeFile(join(folder, "data"), "in the way");
    await expect.poll(ready, { timeout: 30_000 }).toEqual([503, "the disk cannot be written to"]);
    expect(server.log()).toContain("not ready: the disk cannot be written to");
    await rm(join(folder, "data"));
    await rename(join(folder, "moved"), join(folder, "data"));
    await expect.poll(ready, { timeout: 30_000 }).toEqual([200, "OK"]);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  test("logs slow calls with their ids, and errors of its own with the id that the caller got", async () => {
    const body = JSON.stringify({ name: "x".repeat(10) });
    const post = {
      method: "POST",
      headers: { "content-type": "application/json", "x-request-id": "slow-1" },
      body,
    };
    await fetch(`${server.url}/api/2.0/mlflow/experiments/create`, post);
    await expect.poll(() => server.log(), { timeout: 30_000 }).toMatch(/"requestId":"slow-1".*"slow call"/);
    const other = new DatabaseSync(join(folder, "data", "flightdeck.db"));
    other.exec("BEGIN IMMEDIATE"); // Longer than the server waits.
    const response = await fetch(`${server.url}/api/2.0/mlflow/experiments/create`, {
      ...post,
      headers: { "content-type": "application/json" },
    });
    other.close();
    expect(response.status).toBe(503);
    const { details } = (await response.json()) as { details: { request_id: string } };
    expect(details.request_id).toBe(response.headers.get("x-request-id"));
    expect(server.log()).toContain(`"requestId":"${details.request_id}"`);
  });
});
