import type { Clock } from "@flightdeck/core";
import { type JobSettingsWire, type JobTaskSpec, LIMITS } from "@flightdeck/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EndedJobRunState, JobOwner, JobStore, SubmitJobRunInput } from "../jobs/job-store.ts";
import type { Store } from "../store.ts";
import { failure } from "./helpers.ts";

/** Opens a store with the given clock. */
export type OpenJobStore = (clock: Clock) => Promise<Pick<Store, "jobs" | "clusters" | "close">>;

type Opened = Awaited<ReturnType<OpenJobStore>>;
type Time = { nowMs: number };

/** Tests that every `JobStore` and `ClusterStore` must pass. */
export function describeJobStore(name: string, open: OpenJobStore): void {
  describe(name, () => {
    const time: Time = { nowMs: Date.UTC(2030, 8, 23, 16, 42, 8) };
    let store: Opened;
    beforeAll(async () => {
      store = await open({ nowMs: () => time.nowMs });
    });
    afterAll(() => store.close());
    describe("jobs", () => jobTests(() => store));
    describe("runs", () => runTests(() => store, time));
    describe("the queue", () => queueTests(() => store, time));
    describe("owners", () => ownerTests(() => store, time));
    describe("clusters", () => clusterTests(() => store));
  });
}

const SUCCESS: EndedJobRunState = {
  lifeCycleState: "TERMINATED",
  resultState: "SUCCESS",
  stateMessage: "done",
};

const settings = (fields: Partial<JobSettingsWire> = {}): JobSettingsWire => ({
  libraries: [],
  depends_on: [],
  tasks: [],
  job_clusters: [],
  parameters: [],
  ...fields,
});

/** Ends all runs of earlier tests, so that the queue is empty. */
async function drain({ jobs }: Opened): Promise<void> {
  await jobs.requestCancelAll("queued", "drained");
  for (const { ownerId } of await jobs.listOwners()) {
    for (const { run } of await jobs.listOwnedRuns(ownerId))
      await jobs.finishRun(ownerId, run.runId, SUCCESS);
  }
}

function jobTests(store: () => Opened): void {
  test("keeps all fields until it is deleted", async () => {
    const { jobs } = store();
    const given = settings({ name: "Nightly", email_notifications: { on_failure: ["a@b"] } });
    const jobId = await jobs.createJob({ settings: given, creatorUserName: "ann" });
    expect(await jobs.getJob(jobId)).toMatchObject({ jobId, creatorUserName: "ann", settings: given });
    await jobs.replaceJobSettings(jobId, settings({ name: "Daily" }));
    expect((await jobs.getJob(jobId)).settings).toEqual(settings({ name: "Daily" }));
    await jobs.deleteJob(jobId);
    const calls = [jobs.getJob(jobId), jobs.deleteJob(jobId), submitRun(jobs, { jobId })];
    const expected = `INVALID_PARAMETER_VALUE: Job ${jobId} does not exist.`;
    expect(await Promise.all(calls.map(failure))).toEqual(calls.map(() => expected));
  });

  test("are listed newest first, in pages or by name, without the implicit jobs of one-time runs", async () => {
    const { jobs } = store();
    for (const name of ["one", "two", "Three"]) {
      await jobs.createJob({ settings: settings({ name }), creatorUserName: "" });
      await submitRun(jobs);
    }
    const names: (string | undefined)[] = [];
    let pageToken: string | undefined;
    do {
      const page = await jobs.listJobs({ maxResults: 2, pageToken });
      names.push(...page.items.map(({ settings: { name } }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    expect(names).toEqual(["Three", "two", "one"]);
    expect((await jobs.listJobs({ maxResults: 5, name: "THREE" })).items).toHaveLength(1);
    expect((await jobs.listJobs({ maxResults: 5, offset: 2 })).items).toHaveLength(1);
  });
}

function runTests(store: () => Opened, time: Time): void {
  test("keeps all fields and waits in the queue", async () => {
    const { jobs } = store();
    const parameters = { pythonParams: ["a"], jobParameters: { x: "1" } };
    const runId = await submitRun(jobs, { runName: "kept", parameters });
    const run = await jobs.getRun(runId);
    expect(run).toMatchObject({
      runId,
      runName: "kept",
      runType: "SUBMIT_RUN",
      creatorUserName: "ann",
      spec: TASK_SPEC,
      parameters,
      state: { lifeCycleState: "QUEUED", stateMessage: "Waiting in the queue." },
      submitTimeMs: time.nowMs,
    });
    expect(run.state).not.toHaveProperty("resultState");
    expect(await failure(jobs.getJob(run.jobId))).toContain("does not exist");
    expect(await failure(jobs.deleteRun(runId))).toContain("has not ended; cancel it first");
    await jobs.requestCancel(runId, "no");
    await jobs.deleteRun(runId);
    expect(await failure(jobs.getRun(runId))).toBe(`INVALID_PARAMETER_VALUE: Run ${runId} does not exist.`);
  });

  test("is created once per idempotency token, with or without a job", async () => {
    const { jobs } = store();
    const jobId = await jobs.createJob({ settings: settings(), creatorUserName: "" });
    const once = await submitRun(jobs, { idempotencyToken: "t" });
    expect(await submitRun(jobs, { idempotencyToken: "t" })).toBe(once);
    expect(await submitRun(jobs, { idempotencyToken: "u" })).not.toBe(once);
    expect(await submitRun(jobs, { idempotencyToken: "t", jobId })).not.toBe(once);
    expect(await failure(submitRun(jobs, { idempotencyToken: "x".repeat(65) }))).toContain(
      "idempotency_token",
    );
    const task = { kind: "shell_command", command: ["x".repeat(1_000_000)], envVars: {} } as const;
    expect(await failure(submitRun(jobs, { spec: { ...TASK_SPEC, task } }))).toMatch(
      /^INVALID_PARAMETER_VALUE: the task may have at most 1000000 characters as JSON, got 1000\d{3}$/,
    );
  });

  test("is listed by job, by whether it has ended, by type and by time", async () => {
    const { jobs } = store();
    await drain(store());
    const jobId = await jobs.createJob({
      settings: settings({ max_concurrent_runs: 5 }),
      creatorUserName: "",
    });
    time.nowMs += 1000;
    const first = await submitRun(jobs, { jobId });
    time.nowMs += 1000;
    const second = await submitRun(jobs, { jobId });
    const alone = await submitRun(jobs);
    await jobs.requestCancel(first, "no");
    const found = async (input: object): Promise<readonly number[]> =>
      (await jobs.listRuns({ maxResults: 10, ...input })).items.map(({ runId }) => runId);
    expect(await found({ jobId })).toEqual([second, first]);
    expect(await found({ jobId, only: "active" })).toEqual([second]);
    expect(await found({ jobId, only: "completed" })).toEqual([first]);
    expect(await found({ only: "active", runType: "SUBMIT_RUN" })).toEqual([alone]);
    expect(await found({ jobId, startTimeFromMs: time.nowMs })).toEqual([second]);
    expect(await found({ jobId, startTimeToMs: time.nowMs - 1 })).toEqual([first]);
    const page = await jobs.listRuns({ maxResults: 1, jobId });
    expect(await found({ jobId, pageToken: page.nextPageToken })).toEqual([first]);
  });

  test("above max_concurrent_runs is skipped, or waits if the job queues", async () => {
    const { jobs } = store();
    await drain(store());
    const queues = settings({ queue: { enabled: true } });
    const [skips, waits] = [
      await jobs.createJob({ settings: settings(), creatorUserName: "" }),
      await jobs.createJob({ settings: queues, creatorUserName: "" }),
    ];
    const none = settings({ max_concurrent_runs: 0, queue: { enabled: true } });
    const never = await jobs.createJob({ settings: none, creatorUserName: "" });
    expect((await jobs.getRun(await submitRun(jobs, { jobId: never }))).state.lifeCycleState).toBe("SKIPPED");
    await submitRun(jobs, { jobId: skips });
    expect((await jobs.getRun(await submitRun(jobs, { jobId: skips }))).state).toMatchObject({
      lifeCycleState: "SKIPPED",
      resultState: "MAXIMUM_CONCURRENT_RUNS_REACHED",
    });
    const first = await submitRun(jobs, { jobId: waits });
    const second = await submitRun(jobs, { jobId: waits });
    const later = await submitRun(jobs);
    const claimed: number[] = [];
    for (;;) {
      const owned = await jobs.claimNextRun(jobOwner("o"), LEASE_MS);
      if (owned === undefined) break;
      claimed.push(owned.run.runId);
    }
    expect(claimed.slice(1)).toEqual([first, later]);
    await jobs.finishRun("o", first, SUCCESS);
    expect((await jobs.claimNextRun(jobOwner("o"), LEASE_MS))?.run.runId).toBe(second);
  });
}

function queueTests(store: () => Opened, time: Time): void {
  test("keeps room for others when one user fills a quarter of it", async () => {
    const { jobs } = store();
    await drain(store());
    const share = LIMITS.queuedJobRunsMax / 4;
    await Promise.all(Array.from({ length: share }, () => submitRun(jobs, { creatorUserName: "flooder" })));
    expect(await failure(submitRun(jobs, { creatorUserName: "flooder" }))).toBe(
      `QUOTA_EXCEEDED: ${share} runs of flooder are waiting in the queue, the maximum for one user; try again later, or cancel some`,
    );
    expect(await failure(submitRun(jobs, { creatorUserName: "bob" }))).toBe("no error");
    await drain(store());
  });

  test("hands out runs in order, each to one owner", async () => {
    const { jobs } = store();
    await drain(store());
    const runIds = [await submitRun(jobs), await submitRun(jobs), await submitRun(jobs)];
    time.nowMs += 5;
    const claimed = [];
    for (const owner of ["a", "b", "a", "b"])
      claimed.push(await jobs.claimNextRun(jobOwner(owner), LEASE_MS));
    expect(claimed.map((owned) => owned?.run.runId)).toEqual([...runIds, undefined]);
    expect(claimed[0]?.run).toMatchObject({
      state: { lifeCycleState: "PENDING" },
      claimTimeMs: time.nowMs,
    });
    expect((await jobs.listOwnedRuns("a")).map(({ run }) => run.runId)).toEqual([runIds[0], runIds[2]]);
  });

  test("lets only the owner change a run", async () => {
    const { jobs } = store();
    await drain(store());
    const runId = await submitRun(jobs);
    await jobs.claimNextRun(jobOwner("a"), LEASE_MS);
    const change = {
      lifeCycleState: "RUNNING",
      handle: { pid: 5 },
      tokenId: "t",
      taskStartTimeMs: 9,
    } as const;
    expect(await jobs.updateOwnedRun("b", runId, change)).toBe(false);
    expect(await jobs.finishRun("b", runId, SUCCESS)).toBe(false);
    expect(await jobs.updateOwnedRun("a", runId, change)).toBe(true);
    expect(await jobs.updateOwnedRun("a", runId, { stateMessage: "m" })).toBe(true);
    expect(await jobs.listOwnedRuns("a")).toMatchObject([
      {
        run: { state: { lifeCycleState: "RUNNING", stateMessage: "m" }, taskStartTimeMs: 9 },
        handle: { pid: 5 },
        tokenId: "t",
      },
    ]);
    expect(await jobs.finishRun("a", runId, SUCCESS)).toBe(true);
    expect(await jobs.finishRun("a", runId, { ...SUCCESS, resultState: "FAILED" })).toBe(false);
    expect(await jobs.getRun(runId)).toMatchObject({
      state: SUCCESS,
      endTimeMs: time.nowMs,
    });
  });

  test("returns a run to its place", async () => {
    const { jobs } = store();
    await drain(store());
    const first = await submitRun(jobs);
    await submitRun(jobs);
    await jobs.claimNextRun(jobOwner("a"), LEASE_MS);
    expect(await jobs.releaseRun("a", first)).toBe(true);
    expect(await jobs.getRun(first)).toMatchObject({ state: { lifeCycleState: "QUEUED" } });
    expect((await jobs.claimNextRun(jobOwner("b"), LEASE_MS))?.run.runId).toBe(first);
  });

  test("cancels queued runs at once and asks the owners of claimed ones", async () => {
    const { jobs } = store();
    await drain(store());
    const [owned, waiting] = [await submitRun(jobs), await submitRun(jobs)];
    await jobs.claimNextRun(jobOwner("a"), LEASE_MS);
    for (const runId of [owned, waiting]) await jobs.requestCancel(runId, "Cancelled by ann.");
    expect((await jobs.getRun(waiting)).state).toEqual({
      lifeCycleState: "TERMINATED",
      resultState: "CANCELED",
      stateMessage: "Cancelled by ann.",
    });
    await jobs.updateOwnedRun("a", owned, { lifeCycleState: "RUNNING" });
    expect((await jobs.getRun(owned)).state.lifeCycleState).toBe("TERMINATING");
    expect(await jobs.listOwnedRuns("a")).toMatchObject([{ cancelMessage: "Cancelled by ann." }]);
    await jobs.finishRun("a", owned, { ...SUCCESS, resultState: "CANCELED" });
    await jobs.requestCancel(owned, "again");
    expect((await jobs.getRun(owned)).state.stateMessage).toBe("done");
    expect(await failure(jobs.requestCancel(404_404, ""))).toContain("Run 404404 does not exist.");
  });

  test("cancels all runs of a job and no others", async () => {
    const { jobs } = store();
    await drain(store());
    const jobId = await jobs.createJob({
      settings: settings({ max_concurrent_runs: 5 }),
      creatorUserName: "",
    });
    const runIds = [
      await submitRun(jobs, { jobId }),
      await submitRun(jobs, { jobId }),
      await submitRun(jobs),
    ];
    await jobs.claimNextRun(jobOwner("a"), LEASE_MS);
    await jobs.requestCancelAll({ jobId }, "all");
    const states = [];
    for (const runId of runIds) states.push((await jobs.getRun(runId)).state.lifeCycleState);
    expect(states).toEqual(["TERMINATING", "TERMINATED", "QUEUED"]);
    expect(await failure(jobs.requestCancelAll({ jobId: 404_404 }, ""))).toContain("Job 404404");
  });
}

function ownerTests(store: () => Opened, time: Time): void {
  test("keep their runs while the lease is valid, unless they are dead", async () => {
    const { jobs } = store();
    await drain(store());
    const runId = await submitRun(jobs);
    await jobs.claimNextRun(jobOwner("a"), LEASE_MS);
    const input = { owner: jobOwner("b"), leaseMs: LEASE_MS, fromOwnerId: "a", isDead: false };
    time.nowMs += LEASE_MS - 1;
    expect(await jobs.takeOver(input)).toEqual([]);
    expect(await jobs.renewLease("a", LEASE_MS)).toBe(true);
    time.nowMs += LEASE_MS - 1;
    expect(await jobs.takeOver(input)).toEqual([]);
    time.nowMs += 1;
    expect((await jobs.takeOver(input)).map(({ run }) => run.runId)).toEqual([runId]);
    expect(await jobs.renewLease("a", LEASE_MS)).toBe(false);
    expect(await jobs.finishRun("a", runId, SUCCESS)).toBe(false);
    const owners = await jobs.listOwners();
    expect(owners.find(({ ownerId }) => ownerId === "b")).toEqual({
      ...jobOwner("b"),
      leaseUntilMs: time.nowMs + LEASE_MS,
    });
    const dead = { owner: jobOwner("c"), leaseMs: LEASE_MS, fromOwnerId: "b", isDead: true };
    expect((await jobs.takeOver(dead)).map(({ run }) => run.runId)).toEqual([runId]);
    expect(await jobs.takeOver(dead)).toEqual([]);
  });

  test("hand over runs with their handle, token and cancel message", async () => {
    const { jobs } = store();
    await drain(store());
    const runId = await submitRun(jobs);
    await jobs.claimNextRun(jobOwner("a"), LEASE_MS);
    await jobs.updateOwnedRun("a", runId, { handle: { pid: 5 }, tokenId: "t" });
    await jobs.requestCancel(runId, "no");
    const input = { owner: jobOwner("b"), leaseMs: LEASE_MS, fromOwnerId: "a", isDead: true };
    expect(await jobs.takeOver(input)).toMatchObject([
      { run: { runId }, handle: { pid: 5 }, tokenId: "t", cancelMessage: "no" },
    ]);
  });
}

function clusterTests(store: () => Opened): void {
  const user = { userName: "ann" };
  const create = (fields: object = {}): ReturnType<Opened["clusters"]["createCluster"]> =>
    store().clusters.createCluster({
      spec: { spark_version: "x", init_scripts: [], ssh_public_keys: [] },
      creatorUserName: "ann",
      stateMessage: "m",
      ...fields,
    });

  test("run at once, and can be started, terminated, edited and deleted", async () => {
    const { clusters } = store();
    const created = await create();
    const { clusterId } = created;
    expect(clusterId).toMatch(/^0923-16\d{4}-[0-9a-z]{8}$/);
    expect(created).toMatchObject({ state: "RUNNING", source: "API", stateMessage: "m" });
    expect(await clusters.getCluster(clusterId)).toEqual(created);
    await clusters.restartCluster(clusterId, user);
    await clusters.terminateCluster(clusterId, user);
    await clusters.terminateCluster(clusterId, user);
    expect(await clusters.getCluster(clusterId)).toMatchObject({ state: "TERMINATED" });
    expect(await failure(clusters.restartCluster(clusterId, user))).toContain("unexpected state TERMINATED");
    await clusters.startCluster(clusterId, user);
    const spec = { ...created.spec, spark_version: "y" };
    await clusters.editCluster(clusterId, { ...user, spec, stateMessage: "n" });
    expect(await clusters.getCluster(clusterId)).toMatchObject({ state: "RUNNING", spec, stateMessage: "n" });
    const listed = { clusterId, isAscending: true, types: [], offset: 0, maxResults: 50 };
    const { events, totalCount } = await clusters.listClusterEvents(listed);
    expect(events.map(({ type }) => type)).toEqual([
      "CREATING",
      "RUNNING",
      "RESTARTING",
      "TERMINATING",
      "STARTING",
      "EDITED",
    ]);
    expect(totalCount).toBe(6);
    const some = { ...listed, isAscending: false, types: ["RUNNING", "EDITED"], offset: 1 };
    expect(await clusters.listClusterEvents(some)).toMatchObject({
      events: [{ type: "RUNNING", userName: "ann" }],
      totalCount: 2,
    });
    await clusters.permanentlyDeleteCluster(clusterId);
    expect(await failure(clusters.getCluster(clusterId))).toBe(
      `INVALID_PARAMETER_VALUE: Cluster ${clusterId} does not exist`,
    );
  });

  test("terminate with the run that they were created for", async () => {
    const { jobs, clusters } = store();
    await drain(store());
    const runId = await submitRun(jobs);
    await jobs.claimNextRun(jobOwner("a"), LEASE_MS);
    const { clusterId, source } = await create({ runId });
    expect(source).toBe("JOB");
    await jobs.finishRun("a", runId, SUCCESS);
    expect((await clusters.getCluster(clusterId)).state).toBe("TERMINATED");
  });

  test("are listed newest first, by source and state", async () => {
    const { clusters } = store();
    const made = [(await create()).clusterId, (await create()).clusterId];
    await clusters.terminateCluster(made[0] ?? "", user);
    const page = { maxResults: 1, sources: ["API"], states: ["RUNNING", "TERMINATED"] };
    const first = await clusters.listClusters(page);
    expect(first.items.map(({ clusterId }) => clusterId)).toEqual([made[1]]);
    const next = await clusters.listClusters({ ...page, pageToken: first.nextPageToken ?? "" });
    expect(next.items.map(({ clusterId }) => clusterId)).toEqual([made[0]]);
    const ended = await clusters.listClusters({ maxResults: 9, sources: [], states: ["TERMINATED"] });
    expect(ended.items.map(({ clusterId }) => clusterId)).toContain(made[0]);
  });
}

export const LEASE_MS = 60_000;

const TASK_SPEC: JobTaskSpec = {
  taskKey: "main",
  task: { kind: "shell_command", command: ["true"], envVars: { A: "1" } },
  cluster: { existingClusterId: "c" },
  libraries: [{ pypi: { package: "six" } }],
  timeoutSeconds: 0,
  withoutEffect: [],
};

export function jobOwner(ownerId: string): JobOwner {
  return { ownerId, host: "here", process: { pid: 1 } };
}

/** Submits a run with default values for missing fields. */
export async function submitRun(jobs: JobStore, input: Partial<SubmitJobRunInput> = {}): Promise<number> {
  return jobs.submitRun({ runName: "r", creatorUserName: "ann", spec: TASK_SPEC, ...input });
}
