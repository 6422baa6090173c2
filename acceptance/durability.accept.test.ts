import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MlflowClient } from "@flightdeck/client";
import { sleep } from "@flightdeck/core";
import { freePort, REPOSITORY_ROOT } from "@flightdeck/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

const WRITERS = 8;
/** Long enough for thousands of acknowledged writes and some checkpoints of the write-ahead log. */
const WRITE_MS = 2_000;

let dataDir: string;
beforeAll(async () => void (dataDir = await mkdtemp(join(tmpdir(), "flightdeck-durability-"))));
afterAll(() => rm(dataDir, { recursive: true, force: true }));

test("kill -9 of the server under writing clients loses nothing that was answered 200", async () => {
  const first = await startServer();
  const client = new MlflowClient({ trackingUri: first.url });
  const experimentId = await client.createExperiment({ name: "durability" });
  const written = await writeUntilKilled(first, experimentId);
  expect(written.reduce((sum, { steps }) => sum + steps.length, 0)).toBeGreaterThan(WRITERS);

  const second = await startServer();
  const reader = new MlflowClient({ trackingUri: second.url });
  for (const { runId, steps } of written) {
    const found = new Set<number>();
    for await (const point of reader.getMetricHistoryAll({ runId, metricKey: "loss" })) found.add(point.step);
    expect(steps.filter((step) => !found.has(step))).toEqual([]);
  }
  second.kill("SIGTERM");
  await second.ended;
});

type Written = { readonly runId: string; readonly steps: number[] };

async function writeUntilKilled(server: Server, experimentId: string): Promise<Written[]> {
  const client = new MlflowClient({ trackingUri: server.url });
  const runs = await Promise.all(Array.from({ length: WRITERS }, () => client.createRun({ experimentId })));
  const written = runs.map((run): Written => ({ runId: run.info.runId, steps: [] }));
  const writing = Promise.all(written.map((each) => writePoints(server.url, each)));
  await sleep(WRITE_MS);
  server.kill("SIGKILL");
  await server.ended;
  await writing;
  return written;
}

/** Logs points until the server no longer answers, and notes each that it acknowledged. */
async function writePoints(url: string, { runId, steps }: Written): Promise<void> {
  for (let step = 0; ; step++) {
    const point = { run_id: runId, key: "loss", value: step, timestamp: Date.now(), step };
    const answer = await fetch(`${url}/api/2.0/mlflow/runs/log-metric`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(point),
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

async function startServer(): Promise<Server> {
  const port = await freePort();
  const bin = join(REPOSITORY_ROOT, "packages/cli/bin/flightdeck.mjs");
  const child = spawn(process.execPath, [bin, "server", "--port", String(port), "--data-dir", dataDir], {
    detached: true,
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(url, child);
  return { url, ended, kill: (signal) => process.kill(-(child.pid ?? 0), signal) };
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.ok) return;
    expect(child.exitCode).toBeNull();
    await sleep(20);
  }
}
