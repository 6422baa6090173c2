import { openStore } from "@flightdeck/store";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { JobClient, shellRun } from "../testing/job-client.ts";
import { type ServerProcess, startServerProcess } from "../testing/server-process.ts";

/* Kills servers in separate processes while tasks run; their records must be correct afterwards. */

let dataDir: string;
let server: ServerProcess;
let client: JobClient;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "jobs-"));
  await start();
});
afterEach(async () => {
  await client.post("jobs/runs/cancel-all", { all_queued_runs: true });
  const { runs } = await client.get("jobs/runs/list", { active_only: true });
  for (const { run_id: runId } of runs) {
    await client.post("jobs/runs/cancel", { run_id: runId });
    await client.ended(runId);
  }
  await server.kill("SIGTERM");
  await rm(dataDir, { recursive: true });
});

async function start(maxParallel = 2): Promise<void> {
  server = await startServerProcess({ dataDir, jobs: { maxParallel, allow: true } });
  client = new JobClient(server.url);
}

/** A script that prints `up`, waits for a file, then runs `then`. */
const waiting = (then: string): string =>
  `echo up; while [ ! -e '${join(dataDir, "go")}' ]; do sleep 0.05; done; ${then}`;
const go = (): Promise<void> => writeFile(join(dataDir, "go"), "");

test("a task outlives a killed server; the next server finds it running and sees it end", async () => {
  const runId = await client.submit(shellRun(waiting("echo end; exit 7")));
  await client.untilLog(runId, 0);
  await server.kill("SIGKILL");
  await start();
  const running = await client.get("jobs/runs/get", { run_id: runId });
  expect(running.state.life_cycle_state).toBe("RUNNING");
  await go();
  const run = await client.ended(runId);
  expect(run.state).toMatchObject({ life_cycle_state: "TERMINATED", result_state: "FAILED" });
  expect(run.state.state_message).toContain("exit code 7");
  expect((await client.get("jobs/runs/get-output", { run_id: runId })).logs).toBe("up\nend\n");
  const logs = join(dataDir, "dbfs/cluster-logs", run.cluster_instance.cluster_id, "driver/stdout");
  expect(await readFile(logs, "utf8")).toBe("up\nend\n");
});

test("a task that ends while no server runs keeps its result", async () => {
  const runId = await client.submit(shellRun(waiting("true")));
  await client.untilLog(runId, 0);
  await server.kill("SIGKILL");
  await go();
  await start();
  expect((await client.ended(runId)).state).toMatchObject({ result_state: "SUCCESS" });
});

test("a task whose server was killed can be cancelled by the next server, along with everything it forked", async () => {
  const marker = `8${process.pid}.${Math.floor(Math.random() * 1e6)}`;
  const runId = await client.submit(shellRun(`setsid sleep ${marker} & sleep ${marker} & echo up; wait`));
  await client.untilLog(runId, 0);
  await server.kill("SIGKILL");
  await start();
  expect((await client.processes(marker)).length).toBeGreaterThanOrEqual(2);
  await client.post("jobs/runs/cancel", { run_id: runId });
  expect((await client.ended(runId)).state.result_state).toBe("CANCELED");
  expect(await client.processes(marker)).toEqual([]);
});

test("a task that is killed with its server is reported as lost", async () => {
  const runId = await client.submit(shellRun("echo $$; exec sleep 1000"));
  await client.untilLog(runId, 0);
  const supervisor = JSON.parse(
    await readFile(join(dataDir, "jobs", String(runId), "process/process"), "utf8"),
  );
  await server.kill("SIGKILL");
  process.kill(supervisor.pid, "SIGKILL");
  await start();
  const { state } = await client.ended(runId);
  expect(state).toMatchObject({ life_cycle_state: "INTERNAL_ERROR", result_state: "FAILED" });
  expect(state.state_message).toMatch(/^The run is lost: /);
});

test("queued runs stay queued, in the same order", async () => {
  await server.kill("SIGTERM");
  await start(1);
  const order = join(dataDir, "order");
  const first = await client.submit(shellRun(waiting(`echo 0 >>'${order}'`)));
  await client.untilLog(first, 0);
  const runIds = [first];
  for (let index = 1; index < 5; index++) {
    runIds.push(await client.submit(shellRun(`echo ${index} >>'${order}'`)));
  }
  await server.kill("SIGKILL");
  await start(1);
  const states = [];
  for (const runId of runIds) {
    states.push((await client.get("jobs/runs/get", { run_id: runId })).state.life_cycle_state);
  }
  expect(states).toEqual(["RUNNING", "QUEUED", "QUEUED", "QUEUED", "QUEUED"]);
  await go();
  for (const runId of runIds) expect((await client.ended(runId)).state.result_state).toBe("SUCCESS");
  expect(await readFile(order, "utf8")).toBe("0\n1\n2\n3\n4\n");
});

test("a task that was being prepared is prepared again", async () => {
  const index = await startSilentIndex();
  const library = { pypi: { package: "nothing-like-this", repo: `http://127.0.0.1:${index.port}/simple` } };
  const runId = await client.submit({ ...shellRun("true"), libraries: [library] });
  await index.asked;
  expect((await client.get("jobs/runs/get", { run_id: runId })).state.life_cycle_state).toBe("PENDING");
  await server.kill("SIGKILL");
  index.server.close();
  await start();
  const { state } = await client.ended(runId);
  expect(state).toMatchObject({ life_cycle_state: "TERMINATED", result_state: "FAILED" });
  expect(state.state_message).toContain("nothing-like-this");
}, 120_000);

test("a server that stops lets running tasks continue and returns those in preparation to the queue", async () => {
  const index = await startSilentIndex();
  const library = { pypi: { package: "nothing-like-this", repo: `http://127.0.0.1:${index.port}/simple` } };
  const started = await client.submit(shellRun(waiting("echo end")));
  const prepared = await client.submit({ ...shellRun("true"), libraries: [library] });
  await Promise.all([client.untilLog(started, 0), index.asked]);
  await server.kill("SIGTERM");
  await start(0);
  expect((await client.get("jobs/runs/get", { run_id: prepared })).state.life_cycle_state).toBe("QUEUED");
  await client.post("jobs/runs/cancel", { run_id: prepared });
  await server.kill("SIGTERM");
  index.server.close();
  await start();
  await go();
  expect((await client.ended(started)).state.result_state).toBe("SUCCESS");
}, 120_000);

test("runs of a server on another machine are lost when its lease expires", async () => {
  await server.kill("SIGTERM");
  await start(0);
  const runId = await client.submit(shellRun("true"));
  const backendStoreUri = `sqlite:///${join(dataDir, "flightdeck.db")}`;
  const store = await openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/" });
  const process = { pid: 1, startTime: "1", bootId: "another", hostname: "far" };
  const claimed = await store.jobs.claimNextRun({ ownerId: "o", host: "far", process }, 2000);
  expect(claimed?.run.runId).toBe(runId);
  await store.close();
  await server.kill("SIGTERM");
  await start();
  expect((await client.get("jobs/runs/get", { run_id: runId })).state.life_cycle_state).toBe("PENDING");
  const { state } = await client.ended(runId);
  expect(state.life_cycle_state).toBe("INTERNAL_ERROR");
  expect(state.state_message).toBe(
    "The run is lost: process 1 of far, which was running it, has stopped responding.",
  );
}, 30_000);

test("a server ends a task of its own once it learns that another server has declared it lost", async () => {
  const marker = `6${process.pid}.${Math.floor(Math.random() * 1e6)}`;
  const runId = await client.submit(shellRun(`echo up; sleep ${marker}`));
  await client.untilLog(runId, 0);
  const backendStoreUri = `sqlite:///${join(dataDir, "flightdeck.db")}`;
  const store = await openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/" });
  const [had] = await store.jobs.listOwners();
  const owner = { ownerId: "far", host: "far", process: {} };
  const taken = { owner, leaseMs: 60_000, fromOwnerId: had?.ownerId ?? "", isDead: true };
  expect(await store.jobs.takeOver(taken)).toHaveLength(1);
  const lost = { lifeCycleState: "INTERNAL_ERROR", resultState: "FAILED", stateMessage: "lost" } as const;
  expect(await store.jobs.finishRun("far", runId, lost)).toBe(true);
  await store.close();
  while ((await client.processes(marker)).length > 0) await new Promise((tick) => setTimeout(tick, 100));
  expect((await client.get("jobs/runs/get", { run_id: runId })).state.state_message).toBe("lost");
}, 60_000);

type SilentIndex = { readonly server: Server; readonly port: number; readonly asked: Promise<unknown> };

/** A package index that accepts requests but never responds. */
async function startSilentIndex(): Promise<SilentIndex> {
  const silent = createServer((socket) => socket.on("error", () => socket.destroy()));
  silent.listen(0, "127.0.0.1");
  const asked = once(silent, "connection");
  await once(silent, "listening");
  const address = silent.address();
  return { server: silent, port: typeof address === "object" ? (address?.port ?? 0) : 0, asked };
}
