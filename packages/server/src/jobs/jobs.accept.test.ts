import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer } from "../testing/test-server.ts";
import { JobClient, shellRun } from "../testing/job-client.ts";

/* Uses a real server and real processes. */

let server: Awaited<ReturnType<typeof startTestServer>>;
let client: JobClient;
beforeAll(async () => {
  server = await startTestServer({ jobs: { maxParallel: 2, allow: true } });
  client = new JobClient(server.url);
});
afterAll(() => server.close());

describe("a submitted run", () => {
  test("runs its command and reports its result and output", async () => {
    const runId = await client.submit(
      shellRun("echo out; echo err >&2; echo $A $B", { env_vars: { A: "1" } }),
    );
    const run = await client.ended(runId);
    expect(run).toMatchObject({
      run_id: runId,
      state: { life_cycle_state: "TERMINATED", result_state: "SUCCESS" },
      status: { state: "TERMINATED", termination_details: { code: "SUCCESS" } },
      tasks: [{ run_id: runId, task_key: "main" }],
      run_page_url: `${server.url}/jobs/${run["job_id"]}/runs/${runId}`,
    });
    expect(run.state.state_message).toMatch(
      /^Asked for .*; got this machine: \d+ cores?, .*No effect here: aws/,
    );
    expect(run.end_time).toBeGreaterThanOrEqual(run.start_time + run.execution_duration);
    const output = await client.get("jobs/runs/get-output", { run_id: runId });
    expect(output).toMatchObject({ logs: "out\n1 2\nerr\n", logs_truncated: false });
    const { cluster_id: clusterId } = run.cluster_instance;
    expect(await client.get("clusters/get", { cluster_id: clusterId })).toMatchObject({
      state: "TERMINATED",
      cluster_source: "JOB",
      termination_reason: { code: "JOB_FINISHED" },
    });
    const logs = join(server.dataDir, "dbfs/cluster-logs", clusterId, "driver");
    expect(await readFile(join(logs, "stdout"), "utf8")).toBe("out\n1 2\n");
    expect(await readFile(join(logs, "stderr"), "utf8")).toBe("err\n");
  });

  test("fails with its exit code and last line of output", async () => {
    const runId = await client.submit(shellRun("echo almost; echo 'no such file' >&2; exit 3"));
    const run = await client.ended(runId);
    expect(run.state).toMatchObject({ life_cycle_state: "TERMINATED", result_state: "FAILED" });
    expect(run.state.state_message).toMatch(/^The task ended with exit code 3: no such file\. Asked for/);
    expect(await client.get("jobs/runs/get-output", { run_id: runId })).toMatchObject({
      error: run.state.state_message,
      error_trace: "no such file\n",
    });
  });

  test("fails if its project's archive escapes its folder, and writes nothing there", async () => {
    const files = join(server.dataDir, "dbfs");
    await mkdir(files, { recursive: true });
    await writeFile(join(files, "evil"), "x");
    const way = ["--transform", "s,^,../../../,"];
    execFileSync("tar", ["-C", files, "-czPf", join(files, "evil.tar.gz"), ...way, "evil"]);
    const runId = await client.submit(
      shellRun(
        "mkdir -p a/b/c && cd a/b/c && tar --no-same-owner -xzvf /dbfs/evil.tar.gz || { ls ../../..; exit 2; }",
      ),
    );
    const { state } = await client.ended(runId);
    expect(state.result_state).toBe("FAILED");
    const { logs } = await client.get("jobs/runs/get-output", { run_id: runId });
    expect(logs).toContain("Member name contains '..'");
    expect(logs).not.toMatch(/^evil$/m);
  });

  test("is deleted with its output", async () => {
    const runId = await client.submit(shellRun("echo a secret"));
    await client.ended(runId);
    const kept = join(server.dataDir, "jobs", String(runId));
    expect(existsSync(kept)).toBe(true);
    await client.post("jobs/runs/delete", { run_id: runId });
    expect(existsSync(kept)).toBe(false);
  });

  test("ends at its timeout", async () => {
    const runId = await client.submit({ ...shellRun("sleep 1000"), timeout_seconds: 1 });
    const run = await client.ended(runId);
    expect(run.state).toMatchObject({ life_cycle_state: "TERMINATED", result_state: "TIMEDOUT" });
    expect(run.state.state_message).toContain("at its timeout of 1 seconds (timeout_seconds)");
  });

  test("can be followed while it runs", async () => {
    const runId = await client.submit(shellRun("echo one; while [ ! -e go ]; do sleep 0.05; done; echo two"));
    const running = await client.until(runId, (run) => run.state.life_cycle_state === "RUNNING");
    expect(running.state).not.toHaveProperty("result_state");
    expect(running.end_time).toBe(0);
    const first = await client.untilLog(runId, 0);
    expect(first).toMatchObject({ text: "one\n", next_offset: 4, size: 4, is_complete: false });
    expect(await client.get("jobs/runs/get-output", { run_id: runId })).toMatchObject({ logs: "one\n" });
    await client.post("jobs/runs/cancel", { run_id: runId });
    await client.ended(runId);
    expect(await client.log(runId, 4)).toMatchObject({ text: "", next_offset: 4, is_complete: true });
  });

  test("leaves nothing running when it forks and is cancelled", async () => {
    const marker = `9${process.pid}.${Math.floor(Math.random() * 1e6)}`;
    const forks = `for i in 1 2 3; do sleep ${marker} & setsid sleep ${marker} & done; trap '' TERM; echo up; wait; sleep ${marker}`;
    const runId = await client.submit(shellRun(forks));
    await client.untilLog(runId, 0);
    expect((await client.processes(marker)).length).toBeGreaterThanOrEqual(6);
    await client.post("jobs/runs/cancel", { run_id: runId });
    const run = await client.ended(runId);
    expect(await client.processes(marker)).toEqual([]);
    expect(run.state).toMatchObject({
      life_cycle_state: "TERMINATED",
      result_state: "CANCELED",
      user_cancelled_or_timedout: true,
    });
    expect(run.state.state_message).toMatch(/^Run cancelled\. Asked for/);
    await client.post("jobs/runs/cancel", { run_id: runId });
  });

  test("is exported as a page without scripts", async () => {
    const runId = await client.submit(shellRun("echo '<script>alert(1)</script>'"));
    await client.ended(runId);
    const { views } = await client.get("jobs/runs/export", { run_id: runId });
    expect(views).toMatchObject([{ type: "NOTEBOOK" }]);
    expect(views[0].content).toContain("&lt;script&gt;alert(1)&lt;/script&gt;\n");
    expect(views[0].content).not.toContain("<script>");
  });

  test("says so if its logs cannot be written to its cluster's log folder", async () => {
    const { new_cluster: cluster, ...task } = shellRun("true");
    await mkdir(join(server.dataDir, "dbfs"), { recursive: true });
    await writeFile(join(server.dataDir, "dbfs", "taken"), "a file");
    const destination = "dbfs:/taken";
    const logs = { cluster_log_conf: { dbfs: { destination } } };
    const { state } = await client.ended(
      await client.submit({ ...task, new_cluster: { ...cluster, ...logs } }),
    );
    expect(state.result_state).toBe("SUCCESS");
    expect(state.state_message).toContain(`Its logs could not be written to ${destination}: `);
    expect(await readFile(join(server.dataDir, "dbfs", "taken"), "utf8")).toBe("a file");
  });

  test("uses an existing cluster, with its variables", async () => {
    const created = await client.post("clusters/create", {
      spark_version: "x",
      cluster_name: "shared",
      spark_env_vars: { B: "of the cluster" },
    });
    await client.post("clusters/delete", { cluster_id: created.cluster_id });
    const { new_cluster: _, ...task } = shellRun("echo $B");
    const runId = await client.submit({ ...task, existing_cluster_id: created.cluster_id });
    const run = await client.ended(runId);
    expect(run.cluster_instance).toEqual({ cluster_id: created.cluster_id });
    expect((await client.get("jobs/runs/get-output", { run_id: runId })).logs).toBe("of the cluster\n");
    expect((await client.get("clusters/get", { cluster_id: created.cluster_id })).state).toBe("RUNNING");
    const absent = client.submit({ ...task, existing_cluster_id: "nowhere" });
    await expect(absent).rejects.toThrow("INVALID_PARAMETER_VALUE: Cluster nowhere does not exist");
  });

  test.each([
    ["jobs/runs/get", { run_id: 404_404 }, "INVALID_PARAMETER_VALUE: Run 404404 does not exist."],
    ["jobs/get", { job_id: 404_404 }, "INVALID_PARAMETER_VALUE: Job 404404 does not exist."],
    ["clusters/get", { cluster_id: "x" }, "INVALID_PARAMETER_VALUE: Cluster x does not exist"],
    ["jobs/runs/list", { active_only: true, completed_only: true }, "only one of active_only and"],
    ["jobs/runs/list", { limit: 5000 }, "limit must be 0..1000, got 5000"],
    ["jobs/runs/list", { run_type: "DREAM" }, "run_type must be JOB_RUN or SUBMIT_RUN"],
  ])("of which %s asks wrongly is refused (%j)", async (path, query, message) => {
    await expect(client.get(path, query)).rejects.toThrow(message);
  });
});

test("fifty runs at once: two at a time, first in, first out, and none is lost", async () => {
  const order = join(server.dataDir, "order");
  const runIds: number[] = [];
  for (let index = 0; index < 50; index++) {
    runIds.push(await client.submit(shellRun(`echo ${index} >>'${order}'; sleep 0.02`)));
  }
  const runs = [];
  for (const runId of runIds) runs.push(await client.ended(runId));
  for (const { state } of runs) expect(state.result_state).toBe("SUCCESS");
  const begun = runs.map(({ start_time, queue_duration }) => start_time + queue_duration);
  expect(begun).toEqual(begun.toSorted((a, b) => a - b));
  const changes = runs.flatMap(({ end_time }, index) => [
    { atMs: begun[index] ?? 0, by: 1 },
    { atMs: end_time, by: -1 },
  ]);
  let atOnce = 0;
  let mostAtOnce = 0;
  for (const { by } of changes.toSorted((a, b) => a.atMs - b.atMs || a.by - b.by)) {
    atOnce += by;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
  }
  expect(mostAtOnce).toBe(2);
  const indexes = (await readFile(order, "utf8")).trim().split("\n").map(Number);
  expect(indexes.toSorted((a, b) => a - b)).toEqual(runIds.map((_, index) => index));
}, 120_000);

describe("a job", () => {
  const python = {
    task_key: "t",
    spark_python_task: { python_file: "dbfs:/main.py", parameters: ["{{job.parameters.x}}", "b"] },
  };
  const cluster = { new_cluster: { spark_version: "x", num_workers: 1 } };

  beforeAll(async () => {
    const contents = btoa("import sys\nprint(sys.argv[1:])\n");
    await client.post("dbfs/put", { path: "/main.py", contents, overwrite: true });
  });

  test("runs with its own parameters or with others, but not with unknown ones", async () => {
    const { job_id: jobId } = await client.post("jobs/create", {
      name: "daily",
      tasks: [{ ...python, ...cluster }],
      parameters: [{ name: "x", default: "own; rm -rf" }],
      email_notifications: {},
    });
    const logsOf = async (input: object): Promise<string> => {
      const { run_id: runId } = await client.post("jobs/run-now", { job_id: jobId, ...input });
      const run = await client.ended(runId);
      expect(run).toMatchObject({ job_id: jobId, run_name: "daily", run_type: "JOB_RUN" });
      expect(run.state.state_message).toContain("No effect here, of the run: email_notifications.");
      return (await client.get("jobs/runs/get-output", { run_id: runId })).logs;
    };
    expect(await logsOf({})).toBe("['own; rm -rf', 'b']\n");
    expect(await logsOf({ job_parameters: { x: "1" } })).toBe("['1', 'b']\n");
    expect(await logsOf({ python_params: ["c", "{{job.id}}"] })).toBe(`['c', '${jobId}']\n`);
    for (const [wrong, message] of [
      [{ job_parameters: { y: "1" } }, `the job has no parameter "y"; it has x`],
      [{ notebook_params: {} }, "notebook_params are for task types that are not supported here"],
    ] as const) {
      await expect(client.post("jobs/run-now", { job_id: jobId, ...wrong })).rejects.toThrow(message);
    }
    const { runs } = await client.get("jobs/runs/list", { job_id: jobId, completed_only: true });
    expect(runs).toHaveLength(3);
    await client.post("jobs/delete", { job_id: jobId });
    await expect(client.post("jobs/run-now", { job_id: jobId })).rejects.toThrow("does not exist");
  });

  test("can be listed, changed in part and replaced", async () => {
    const settings = { name: "changed", ...shellRun("true") };
    const { job_id: jobId } = await client.post("jobs/create", settings);
    await client.post("jobs/update", {
      job_id: jobId,
      new_settings: { timeout_seconds: 5, tags: { a: "b" } },
      fields_to_remove: ["run_name"],
    });
    const { settings: updated } = await client.get("jobs/get", { job_id: jobId });
    expect(updated).toMatchObject({
      name: "changed",
      timeout_seconds: 5,
      tags: { a: "b" },
      shell_command_task: { command: ["bash", "-c", "true"] },
    });
    expect(updated).not.toHaveProperty("run_name");
    const broken = { job_id: jobId, new_settings: { notebook_task: { notebook_path: "/x" } } };
    await expect(client.post("jobs/update", broken)).rejects.toThrow(
      "'notebook_task' are not supported here",
    );
    await client.post("jobs/reset", { job_id: jobId, new_settings: { ...settings, name: "reset" } });
    const { jobs } = await client.get("jobs/list", { name: "RESET" });
    expect(jobs).toMatchObject([{ job_id: jobId, settings: { name: "reset", format: "SINGLE_TASK" } }]);
    expect(jobs[0].settings).not.toHaveProperty("tags");
  });
});
