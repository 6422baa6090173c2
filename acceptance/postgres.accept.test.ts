import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MlflowClient } from "@flightdeck/client";
import { sleep } from "@flightdeck/core";
import { freePort, part, startPostgres, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type KillableServer,
  lostSteps,
  spawnServer,
  startKillableServer,
  writePoints,
  type Written,
} from "./killable-server.ts";

const postgres = await part("PostgreSQL", startPostgres);
const WRITERS_PER_SERVER = 4;
/** How long to write through both servers before one is killed, and through the other one afterwards. */
const WRITE_MS = 2_000;

const title = `two servers on one PostgreSQL${postgres.missing ? ` (${postgres.reason})` : ""}`;
describe.skipIf(postgres.missing)(title, () => {
  let artifacts: string;
  let backendStoreUri: string;
  let servers: readonly [KillableServer, KillableServer];
  beforeAll(async () => {
    artifacts = await mkdtemp(join(tmpdir(), "flightdeck-artifacts-"));
    backendStoreUri = await valueOf(postgres).createDatabase();
    const args = storageArguments(backendStoreUri, artifacts);
    // Started at the same time on an empty database: one migrates it, the other waits.
    servers = await Promise.all([startKillableServer(args, artifacts), startKillableServer(args, artifacts)]);
  });
  afterAll(async () => {
    for (const server of servers) server.kill("SIGTERM");
    await Promise.all(servers.map((server) => server.ended));
    await valueOf(postgres).close();
    await rm(artifacts, { recursive: true, force: true });
  });

  test("share one workspace", async () => {
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

  test("lose no acknowledged write when one is killed under load, while the other continues", async () => {
    const [killed, spared] = servers;
    const client = new MlflowClient({ trackingUri: spared.url });
    const experimentId = await client.createExperiment({ name: "killed" });
    const newWriters = (server: KillableServer): Promise<Written[]> =>
      Promise.all(Array.from({ length: WRITERS_PER_SERVER }, () => newWriter(server, client, experimentId)));
    const [dying, living] = [await newWriters(killed), await newWriters(spared)];
    // Both servers also write to this run, so that they compete for its locks.
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
    for (const writer of [...dying, ...living]) expect(await lostSteps(client, writer)).toEqual([]);
  });

  test("a server that cannot reach the database says so in one line, without the password", async () => {
    const { password, port } = new URL(backendStoreUri);
    const args = storageArguments(backendStoreUri.replace(port, "1"), artifacts);
    const child = spawnServer(args, { port: await freePort(), cwd: artifacts });
    let output = "";
    child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect(code).not.toBe(0);
    expect(output).toContain("the database cannot be reached: connect ECONNREFUSED");
    expect(output).not.toContain(password);
    expect(output.trim().split("\n")).toHaveLength(1);
  });
});

async function newWriter(
  { url }: KillableServer,
  client: MlflowClient,
  experimentId: string,
): Promise<Written> {
  const { info } = await client.createRun({ experimentId });
  return { url, runId: info.runId, key: `through ${new URL(url).port}`, steps: [] };
}

function storageArguments(backendStoreUri: string, artifacts: string): readonly string[] {
  return ["--backend-store-uri", backendStoreUri, "--artifacts-destination", artifacts];
}
