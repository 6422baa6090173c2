import { part, startPostgres, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { jobOwner, LEASE_MS, submitRun } from "../testing/describe-job-store.ts";
import type { EndedJobRunState, JobStore } from "./job-store.ts";

/* Two stores on one database, each with its own connections, like two server processes. */

const postgres = await part("PostgreSQL", startPostgres);
afterAll(() => (postgres.missing ? undefined : postgres.value.close()));

/** Enough that both stores have several transactions in flight at any moment. */
const CALLS = 40;
const SUCCESS: EndedJobRunState = {
  lifeCycleState: "TERMINATED",
  resultState: "SUCCESS",
  stateMessage: "",
};

describe.skipIf(postgres.missing)(
  `concurrent servers on PostgreSQL${postgres.missing ? ` (${postgres.reason})` : ""}`,
  () => {
    let stores: readonly [Store, Store];
    beforeAll(async () => {
      const backendStoreUri = await valueOf(postgres).createDatabase();
      const open = (): Promise<Store> =>
        openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/" });
      stores = [await open(), await open()];
    });
    afterAll(() => Promise.all(stores.map((store) => store.close())));

    const jobs = (index: number): JobStore => (index % 2 === 0 ? stores[0] : stores[1]).jobs;
    const owner = (index: number): ReturnType<typeof jobOwner> => jobOwner(`server ${index % 2}`);
    /** Makes the calls at once, alternating between the two stores, and returns the result of each. */
    const race = <T>(call: (jobs: JobStore, index: number) => Promise<T>): Promise<readonly T[]> =>
      Promise.all(Array.from({ length: CALLS }, (_, index) => call(jobs(index), index)));

    test("claim each run exactly once", async () => {
      const runIds = await race((store) => submitRun(store));
      const claimed = await race((store, index) => store.claimNextRun(owner(index), LEASE_MS));
      const claimedIds = claimed.map((owned) => owned?.run.runId ?? 0);
      expect(claimedIds.toSorted((a, b) => a - b)).toEqual(runIds.toSorted((a, b) => a - b));
      expect(await jobs(0).claimNextRun(owner(0), LEASE_MS)).toBeUndefined();
      const finished = await race(async (store, index) => {
        const ofBoth = [0, 1].map((each) => store.finishRun(owner(each).ownerId, runIds[index]!, SUCCESS));
        return (await Promise.all(ofBoth)).filter(Boolean).length;
      });
      expect(new Set(finished)).toEqual(new Set([1]));
    });

    test("never run more of a job than max_concurrent_runs", async () => {
      const jobId = await jobs(0).createJob({
        settings: {
          max_concurrent_runs: 3,
          queue: { enabled: true },
          tasks: [],
          libraries: [],
          depends_on: [],
          job_clusters: [],
          parameters: [],
        },
        creatorUserName: "",
      });
      await race((store) => submitRun(store, { jobId }));
      const claimed = await race((store, index) => store.claimNextRun(owner(index), LEASE_MS));
      expect(claimed.filter((owned) => owned !== undefined)).toHaveLength(3);
      await jobs(0).requestCancelAll({ jobId }, "over");
      for (const owned of claimed) {
        for (const each of [0, 1]) {
          if (owned !== undefined) await jobs(each).finishRun(owner(each).ownerId, owned.run.runId, SUCCESS);
        }
      }
    });

    test("create one run per idempotency token", async () => {
      const runIds = await race((store) => submitRun(store, { idempotencyToken: "raced" }));
      expect(new Set(runIds).size).toBe(1);
      await jobs(0).requestCancelAll("queued", "over");
    });

    test("take over a dead server's runs once", async () => {
      const runId = await submitRun(jobs(0));
      await jobs(0).claimNextRun(jobOwner("dead"), LEASE_MS);
      const taken = await race((store, index) =>
        store.takeOver({ owner: owner(index), leaseMs: LEASE_MS, fromOwnerId: "dead", isDead: true }),
      );
      expect(taken.flat().map(({ run }) => run.runId)).toEqual([runId]);
    });

    test("renew a lease or lose its runs, never both", async () => {
      const outcomes = await race(async (store, index) => {
        const ownerId = `late ${index}`;
        await submitRun(store);
        await store.claimNextRun(jobOwner(ownerId), -1);
        const input = { owner: owner(index), leaseMs: LEASE_MS, fromOwnerId: ownerId, isDead: false };
        const [renewed, taken] = await Promise.all([
          store.renewLease(ownerId, LEASE_MS),
          jobs(index + 1).takeOver(input),
        ]);
        return [renewed, taken.length];
      });
      for (const outcome of outcomes)
        expect([
          [true, 0],
          [false, 1],
        ]).toContainEqual(outcome);
    });

    test("end each run with exactly one result", async () => {
      const runIds = await race((store) => submitRun(store));
      for (let left = CALLS; left > 0; left--) await jobs(left).claimNextRun(jobOwner("one"), LEASE_MS);
      await race(async (store, index) => {
        const runId = runIds[index]!;
        const calls = [
          store.requestCancel(runId, "cancelled"),
          jobs(index + 1).finishRun("one", runId, SUCCESS),
          jobs(index + 1).updateOwnedRun("one", runId, { lifeCycleState: "RUNNING" }),
        ];
        await Promise.all(calls);
      });
      for (const runId of runIds) expect((await jobs(0).getRun(runId)).state).toEqual(SUCCESS);
    });
  },
);
