import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MlflowClient } from "@flightdeck/client";
import { sleep } from "@flightdeck/core";
import { freePort, part, REPOSITORY_ROOT, startPostgres, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const postgres = await part("PostgreSQL", startPostgres);
const WRITERS_PER_SERVER = 4;
/** Written through both servers before one is killed, and by the other alone after it. */
const WRITE_MS = 2_000;

describe.skipIf(postgres.missing)("two servers on one PostgreSQL", () => {
  let artifacts: string;
  let backendStoreUri: string;
  let servers: readonly [Server, Server];
  beforeAll(async () => {
    artifacts = await mkdtemp(join(tmpdir(), "flightdeck-artifacts-"));
    backendStoreUri = await valueOf(postgres).createDatabase();
    // At once, on an empty database: one migrates, the other waits for it.
    servers = await Promise.all([
      startServer(backendStoreUri, artifacts),
      startServer(backendStoreUri, artifacts),
    ]);
  });
  afterAll(async () => {
    for (const server of servers) server.kill("SIGTERM");
    await Promise.all(servers.map((server) => server.ended));
    await valueOf(postgres).close();
    await rm(artifacts, { recursive: true, force: true });
  });

  test("are one workspace", async () => {
    const first = new MlflowClient({ trackingUri: servers[0].url });
    const second = new MlflowClient({ trackingUri: servers[1].url });
    const experimentId = await first.createExperiment({ name: "shared" });
    const { info } = await second.createRun({ experimentId });
    await first.logMetric(info.runId, { key: "loss", value: 0.5, timestampMs: 1, step: 0 });
    await second.setTag(info.runId, { key: "from", value: "second" });
    const { data } = await first.getRun(info.runId);
    expect(data.metrics).toMatchObject([{ key: "loss", value: 0.5 }]);
    expect(data.tags).toContainEqual({ key: "from", value: "second" });
    await expect(second.createExperiment({ name: "shared" })).rejects.toThrow("already exists");
  });

  test("lose nothing that either acknowledged when one is killed under load, and the other goes on", async () => {
    const [killed, spared] = servers;
    const client = new MlflowClient({ trackingUri: spared.url });
    const experimentId = await client.createExperiment({ name: "killed" });
    const newWriters = (server: Server): Promise<Written[]> =>
      Promise.all(Array.from({ length: WRITERS_PER_SERVER }, () => newWriter(server, client, experimentId)));
    const [dying, living] = [await newWriters(killed), await newWriters(spared)];
    // Both servers write to this one too, so that their locks meet.
    const common = await client.createRun({ experimentId });
    for (const writers of [dying, living])
      writers.push({ ...writers[0]!, runId: common.info.runId, steps: [] });
    const stop = new AbortController();
    const writing = Promise.all([...dying, ...living].map((writer) => writePoints(writer, stop.signal)));
    await sleep(WRITE_MS);
    killed.kill("SIGKILL");
    await killed.ended;
    const before = living.map(({ steps }) => steps.length);
    await sleep(WRITE_MS);
    stop.abort();
    await writing;
    for (const [index, { steps }] of living.entries()) expect(steps.length).toBeGreaterThan(before[index]!);
    for (const { steps } of dying) expect(steps.length).toBeGreaterThan(0);
    for (const { runId, key, steps } of [...dying, ...living]) {
      const found = new Set<number>();
      for await (const point of client.getMetricHistoryAll({ runId, metricKey: key })) found.add(point.step);
      expect(steps.filter((step) => !found.has(step))).toEqual([]);
    }
  });

  test("a server says in one line why it cannot reach the database, without the password", async () => {
    const { password, port } = new URL(backendStoreUri);
    const child = spawnServer(backendStoreUri.replace(port, "1"), artifacts, await freePort());
    let output = "";
    child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect(code).not.toBe(0);
    expect(output).toContain("the database cannot be reached: connect ECONNREFUSED");
    expect(output).not.toContain(password);
    expect(output.trim().split("\n")).toHaveLength(1);
  });
});

/** A run, the server through which it is written to, and the steps that were answered 200. */
type Written = {
  readonly url: string;
  readonly runId: string;
  readonly key: string;
  readonly steps: number[];
};

async function newWriter({ url }: Server, client: MlflowClient, experimentId: string): Promise<Written> {
  const { info } = await client.createRun({ experimentId });
  return { url, runId: info.runId, key: `through ${new URL(url).port}`, steps: [] };
}

/** Logs points until told to stop, or until the server no longer answers. */
async function writePoints({ url, runId, key, steps }: Written, signal: AbortSignal): Promise<void> {
  for (let step = 0; !signal.aborted; step++) {
    const answer = await fetch(`${url}/api/2.0/mlflow/runs/log-metric`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ run_id: runId, key, value: step, timestamp: Date.now(), step }),
    }).catch(() => undefined);
    if (answer === undefined) return;
    expect(answer.status).toBe(200);
    steps.push(step);
  }
}

type Server = {
  readonly url: string;
  readonly ended: Promise<unknown>;
  readonly kill: (signal: NodeJS.Signals) => void;
};

async function startServer(backendStoreUri: string, artifacts: string): Promise<Server> {
  const port = await freePort();
  const child = spawnServer(backendStoreUri, artifacts, port);
  child.stderr?.resume();
  const ended = new Promise((resolve) => child.once("close", resolve));
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(url, child);
  const kill = (signal: NodeJS.Signals): void => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), signal);
  };
  return { url, ended, kill };
}

function spawnServer(backendStoreUri: string, artifacts: string, port: number): ChildProcess {
  const bin = join(REPOSITORY_ROOT, "packages/cli/bin/flightdeck.mjs");
  const where = ["--backend-store-uri", backendStoreUri, "--artifacts-destination", artifacts];
  return spawn(process.execPath, [bin, "server", "--port", String(port), ...where], {
    cwd: artifacts,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.ok) return;
    expect(child.exitCode).toBeNull();
    await sleep(20);
  }
}
