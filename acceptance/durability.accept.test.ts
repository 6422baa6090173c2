import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MlflowClient } from "@flightdeck/client";
import { sleep } from "@flightdeck/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type KillableServer,
  lostSteps,
  startKillableServer,
  writePoints,
  type Written,
} from "./killable-server.ts";

const WRITERS = 8;
/** Long enough for thousands of acknowledged writes and several checkpoints of the write-ahead log. */
const WRITE_MS = 2_000;

let dataDir: string;
beforeAll(async () => void (dataDir = await mkdtemp(join(tmpdir(), "flightdeck-durability-"))));
afterAll(() => rm(dataDir, { recursive: true, force: true }));

test("kill -9 of the server under load loses no acknowledged write", async () => {
  const first = await startKillableServer(["--data-dir", dataDir]);
  const client = new MlflowClient({ trackingUri: first.url });
  const experimentId = await client.createExperiment({ name: "durability" });
  const written = await writeUntilKilled(first, experimentId);
  expect(written.reduce((sum, { steps }) => sum + steps.length, 0)).toBeGreaterThan(WRITERS);

  const second = await startKillableServer(["--data-dir", dataDir]);
  const reader = new MlflowClient({ trackingUri: second.url });
  for (const each of written) expect(await lostSteps(reader, each)).toEqual([]);
  second.kill("SIGTERM");
  await second.ended;
});

async function writeUntilKilled(server: KillableServer, experimentId: string): Promise<Written[]> {
  const client = new MlflowClient({ trackingUri: server.url });
  const runs = await Promise.all(Array.from({ length: WRITERS }, () => client.createRun({ experimentId })));
  const written = runs.map(({ info }): Written => ({
    url: server.url,
    runId: info.runId,
    key: "loss",
    steps: [],
  }));
  const writing = Promise.all(written.map((each) => writePoints(each)));
  await sleep(WRITE_MS);
  server.kill("SIGKILL");
  await server.ended;
  await writing;
  return written;
}
