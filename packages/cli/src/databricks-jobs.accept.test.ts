import { freePort, startTestServer, type TestServer } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flightdeck, FlightdeckProcess, type FlightdeckResult } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

/* Tests jobs, job runs and clusters with the real command against a real server that runs the jobs. */

const CLUSTER = { spark_version: "16.4.x-scala2.12", node_type_id: "p3.2xlarge", num_workers: 7 };

let folder: TemporaryFolder;
let server: TestServer;
let env: Record<string, string>;
beforeAll(async () => {
  folder = await TemporaryFolder.create();
  server = await startTestServer();
  env = {
    DATABRICKS_HOST: server.url,
    DATABRICKS_TOKEN: await tokenFor(server.dataDir),
    DATABRICKS_CONFIG_PROFILE: "",
  };
});
afterAll(async () => {
  await server.close();
  await folder.remove();
});

async function tokenFor(dataDir: string): Promise<string> {
  const created = await flightdeck(["tokens", "create", "--data-dir", dataDir], { cwd: folder.path });
  return created.stdout.trim();
}

function run(...args: readonly string[]): Promise<FlightdeckResult> {
  return flightdeck(["databricks", ...args], { cwd: folder.path, env });
}

async function output(...args: readonly string[]): Promise<string> {
  const { stdout, stderr, code } = await run(...args);
  expect([stderr, code]).toEqual(["", 0]);
  return stdout;
}

async function json<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await output(...args)) as T; // The command's output format.
}

function shell(command: string, more: object = {}): string {
  const task = { shell_command_task: { command: ["bash", "-c", command] } };
  return JSON.stringify({ new_cluster: CLUSTER, ...task, ...more });
}

describe("runs", () => {
  test("one is submitted from a file, and its output is shown along with its id", async () => {
    await folder.write("run.json", shell("echo one; sleep 1; echo two; echo bad >&2", { run_name: "hello" }));
    const { stdout, stderr, code } = await run("runs", "submit", "--json-file", "run.json", "--wait");
    const { run_id: id } = JSON.parse(stdout) as { readonly run_id: number }; // Fails if there is anything else.
    expect([code, stderr]).toEqual([0, expect.stringMatching(/RUNNING.*\n(.|\n)*one\n(.|\n)*two\n/)]);
    expect(stderr).toContain("bad\n");
    expect(stderr).toContain("Asked for a driver of p3.2xlarge and 7 workers of p3.2xlarge");
    expect(await output("runs", "list", "--limit", "1")).toMatch(
      new RegExp(`^${id} {2,}hello {2}TERMINATED {2}SUCCESS {2}http`),
    );
    expect(await json("runs", "get", "--run-id", `${id}`)).toMatchObject({
      state: { result_state: "SUCCESS" },
    });
    const written = await json<{ readonly logs: string }>("runs", "get-output", "--run-id", `${id}`);
    expect(written.logs).toContain("one\ntwo\n");
  });

  test("one that fails is an error with its code", async () => {
    const { stderr, code } = await run("runs", "submit", "--json", shell("exit 3"), "--wait");
    expect(code).toBe(1);
    expect(stderr).toMatch(/failed with state FAILED and state message .*exit code 3/);
  });

  test("Ctrl-C stops waiting, and the run continues until it is cancelled", async () => {
    const args = ["databricks", "runs", "submit", "--json", shell("echo begun; sleep 60"), "--wait"];
    const waiting = FlightdeckProcess.start(args, { cwd: folder.path, env });
    await waiting.written(/begun/);
    waiting.child.kill("SIGINT");
    const { code, stdout, stderr } = await waiting.end();
    const { run_id: id } = JSON.parse(stdout) as { readonly run_id: number }; // The command's output format.
    expect([code, stderr]).toEqual([
      130,
      expect.stringContaining(`run ${id} is still running; cancel it with: `),
    ]);
    expect(await output("runs", "list", "--active-only")).toContain("RUNNING");
    await output("runs", "cancel", "--run-id", `${id}`);
    await expect
      .poll(() => json("runs", "get", "--run-id", `${id}`), { timeout: 20_000 })
      .toMatchObject({ state: { life_cycle_state: "TERMINATED", result_state: "CANCELED" } });
    expect(await output("runs", "list", "--active-only")).toBe("");
  });
});

test("waiting survives kill -9 of the server, and no line of output is lost or printed twice", async () => {
  const args = ["server", "-p", String(await freePort()), "--data-dir", "killed"];
  const first = FlightdeckProcess.start(args, { cwd: folder.path });
  const url = await first.written(/listens on (http:\S+)/);
  const command = "for i in 1 2 3 4 5 6; do echo tick $i; sleep 0.7; done";
  const waiting = FlightdeckProcess.start(
    ["databricks", "runs", "submit", "--json", shell(command), "--wait"],
    {
      cwd: folder.path,
      env: { ...env, DATABRICKS_HOST: url, DATABRICKS_TOKEN: await tokenFor("killed") },
    },
  );
  await waiting.written(/tick 2/);
  first.child.kill("SIGKILL");
  await first.end();
  const second = FlightdeckProcess.start(args, { cwd: folder.path });
  try {
    const { code, stderr } = await waiting.end();
    expect([code, stderr.match(/tick \d/g)]).toEqual([0, [1, 2, 3, 4, 5, 6].map((tick) => `tick ${tick}`)]);
  } finally {
    second.child.kill("SIGTERM");
    await second.end();
  }
});

test("a job is created, run, changed and deleted", async () => {
  const created = await json<{ readonly job_id: number }>(
    "jobs",
    "create",
    "--json",
    shell("echo nightly", { name: "nightly" }),
  );
  const ofJob = ["--job-id", `${created.job_id}`];
  expect(await output("jobs", "list")).toBe(`${created.job_id}  nightly\n`);
  expect(await json("jobs", "get", ...ofJob)).toMatchObject({ settings: { name: "nightly" } });
  const ran = await run("jobs", "run-now", ...ofJob, "--wait");
  expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining("nightly\n")]);
  await output("jobs", "reset", ...ofJob, "--json", shell("true", { name: "daily" }));
  const settings = JSON.parse(shell("true", { name: "hourly" })) as object; // Created by `shell`.
  const { job_id } = created;
  await output("jobs", "reset", "--json", JSON.stringify({ job_id, new_settings: settings }));
  expect(await json("jobs", "list", "--output", "JSON")).toMatchObject({
    jobs: [{ settings: { name: "hourly" } }],
  });
  expect(await output("runs", "list", ...ofJob)).toContain("SUCCESS");
  await output("jobs", "delete", ...ofJob);
  expect(await run("jobs", "get", ...ofJob)).toMatchObject({
    code: 1,
    stderr: `flightdeck: Job ${job_id} does not exist.\n`,
  });
  expect(await run("jobs", "reset", "--json", "{}")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("name the job by --job-id"),
  });
});

test("a cluster is created, found by its name, terminated, started, changed and deleted", async () => {
  await folder.write("cluster.json", JSON.stringify({ ...CLUSTER, cluster_name: "lab" }));
  const created = await json<{ readonly cluster_id: string }>(
    "clusters",
    "create",
    "--json-file",
    "cluster.json",
  );
  const { cluster_id: id } = created;
  const ofCluster = ["--cluster-id", id];
  expect(await json("clusters", "get", "--cluster-name", "lab")).toMatchObject({
    cluster_id: id,
    state: "RUNNING",
  });
  await output("clusters", "delete", ...ofCluster);
  expect(await output("clusters", "list")).toContain(`${id}  lab`);
  expect(await json("clusters", "get", ...ofCluster)).toMatchObject({ state: "TERMINATED" });
  await output("clusters", "start", ...ofCluster);
  await output("clusters", "restart", ...ofCluster);
  await output(
    "clusters",
    "edit",
    "--json",
    JSON.stringify({ ...CLUSTER, cluster_id: id, cluster_name: "new" }),
  );
  expect(await output("clusters", "list")).toContain(`${id}  new`);
  const events = await output("clusters", "events", ...ofCluster, "--order", "ASC", "--limit", "2");
  expect(events).toMatch(/^\S+ \S+ UTC {2}CREATING .*\n\S+ \S+ UTC {2}RUNNING .*\n$/);
  await output("clusters", "permanent-delete", ...ofCluster);
  expect((await run("clusters", "get", ...ofCluster)).stderr).toContain("does not exist");
  expect((await run("clusters", "get")).stderr).toContain("one of --cluster-id and --cluster-name");
});

test.each([
  ["spark-versions", /"key": "16\.4\.x-scala2\.12"/],
  ["list-node-types", /"node_type_id"/],
  ["list-zones", /"default_zone"/],
])("clusters %s prints JSON, and a table with --output TABLE", async (verb, pattern) => {
  expect(await output("clusters", verb)).toMatch(pattern);
  expect(await output("clusters", verb, "--output", "TABLE")).not.toMatch(/[{}]/);
});
