import { part, startPostgres, valueOf } from "@flightdeck/testkit";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JobClient, shellRun } from "../testing/job-client.ts";
import { type ServerProcess, startServerProcess } from "../testing/server-process.ts";

const postgres = await part("PostgreSQL", startPostgres);
afterAll(() => (postgres.missing ? undefined : postgres.value.close()));

describe.skipIf(postgres.missing)(
  `two servers on one database${postgres.missing ? ` (${postgres.reason})` : ""}`,
  () => {
    let dataDir: string;
    let backendStoreUri: string;
    let servers: readonly ServerProcess[];
    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), "jobs-"));
      backendStoreUri = await valueOf(postgres).createDatabase();
      const options = { dataDir, backendStoreUri, jobs: { maxParallel: 2, allow: true } };
      servers = [await startServerProcess(options), await startServerProcess(options)];
    });
    afterAll(async () => {
      for (const server of servers) await server.kill("SIGTERM");
      await rm(dataDir, { recursive: true });
    });
    const client = (index: number): JobClient => new JobClient(servers[index]?.url ?? "");

    test("share one queue: each run is executed once, and none is lost when a server is killed", async () => {
      const [order, go] = [join(dataDir, "order"), join(dataDir, "go")];
      const runIds: number[] = [];
      for (let index = 0; index < 12; index++) {
        const script = `echo up; while [ ! -e '${go}' ]; do sleep 0.05; done; echo ${index} >>'${order}'`;
        runIds.push(await client(index % 2).submit(shellRun(script)));
      }
      const running = runIds.slice(0, 4);
      for (const runId of running) await client(0).untilLog(runId, 0);
      const { runs } = await client(1).get("jobs/runs/list", { active_only: true });
      const states = runs.map(({ state }: { state: { life_cycle_state: string } }) => state.life_cycle_state);
      expect(states.filter((state: string) => state === "RUNNING")).toHaveLength(4);
      await servers[0]?.kill("SIGKILL");
      await writeFile(go, "");
      for (const runId of runIds) {
        expect((await client(1).ended(runId)).state.result_state).toBe("SUCCESS");
      }
      const carriedOut = (await readFile(order, "utf8")).trim().split("\n").map(Number);
      expect(carriedOut.toSorted((a, b) => a - b)).toEqual(runIds.map((_, index) => index));
    }, 60_000);

    test("can cancel each other's runs", async () => {
      const queueing = await startServerProcess({
        dataDir,
        backendStoreUri,
        jobs: { maxParallel: 0, allow: true },
      });
      servers = [...servers, queueing];
      const marker = `7${process.pid}.${Math.floor(Math.random() * 1e6)}`;
      const asker = new JobClient(queueing.url);
      const runId = await asker.submit(shellRun(`sleep ${marker} & echo up; wait`));
      await asker.untilLog(runId, 0);
      expect(await asker.processes(marker)).not.toEqual([]);
      await asker.post("jobs/runs/cancel", { run_id: runId });
      expect((await asker.ended(runId)).state.result_state).toBe("CANCELED");
      expect(await asker.processes(marker)).toEqual([]);
    });
  },
);
