import { spawn } from "node:child_process";
import { cp, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MlflowClient } from "@flightdeck/client";
import type { Run } from "@flightdeck/protocol";
import { REPOSITORY_ROOT, startTestServer, type TestServer } from "@flightdeck/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { FLIGHTDECK } from "../../serving-command.ts";
import { environmentOf } from "../run-both.ts";
import { type JobStory, SUCCESS, WorkspaceRecorder } from "./workspace-recorder.ts";

/* Tests `flightdeck run -b databricks` in a workspace whose jobs follow a script. */

const EXPERIMENT = "/Users/me@example.com/airline";
const CLUSTER = ["-c", '{"spark_version": "15.4.x-scala2.12", "num_workers": 2}'];
const FAILURE: JobStory = {
  states: [
    { life_cycle_state: "PENDING", state_message: "7 workers of p3.2xlarge are this machine" },
    { life_cycle_state: "RUNNING", state_message: "In run" },
    {
      life_cycle_state: "TERMINATED",
      result_state: "FAILED",
      state_message: "the task ended with exit code 3",
    },
  ],
  stdout: "reading flights\nout of disk\n",
};
const ENDLESS: JobStory = { states: [{ life_cycle_state: "RUNNING", state_message: "In run" }] };

let server: TestServer;
let recorder: WorkspaceRecorder;
let client: MlflowClient;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  client = new MlflowClient({ trackingUri: server.url });
  recorder = await WorkspaceRecorder.start(server.url);
  folder = await realpath(await mkdtemp(join(tmpdir(), "databricks-backend-")));
  await cp(join(REPOSITORY_ROOT, "acceptance/projects/parameters"), folder, { recursive: true });
  await client.createExperiment({ name: EXPERIMENT });
});
afterAll(async () => {
  await recorder.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => recorder.reset());

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

type RunOptions = { readonly env?: Record<string, string>; readonly interruptAt?: string };

/** Runs the command, and interrupts it when it prints `interruptAt`. */
async function run(args: readonly string[], { env = {}, interruptAt }: RunOptions = {}): Promise<Ended> {
  const workspace = { DATABRICKS_HOST: recorder.url, DATABRICKS_TOKEN: "any", HOME: folder };
  const child = spawn(process.execPath, [FLIGHTDECK, "run", ...args], {
    cwd: folder,
    env: {
      ...environmentOf({ python: "", trackingUri: "databricks" }, ""),
      ...workspace,
      MLFLOW_EXPERIMENT_NAME: EXPERIMENT,
      ...env,
    },
  });
  const written = { stdout: "", stderr: "" };
  let isInterrupted = false;
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk: Buffer) => {
      written[name] += chunk.toString();
      if (isInterrupted || interruptAt === undefined || !written[name].includes(interruptAt)) return;
      isInterrupted = child.kill("SIGINT");
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, ...written };
}

async function newestRun(): Promise<Run> {
  const { experimentId } = await client.getExperimentByName(EXPERIMENT);
  const { items } = await client.searchRuns({ experimentIds: [experimentId], maxResults: 1 });
  return items[0]!;
}

function tagOf({ data }: Run, name: string): string | undefined {
  return data.tags.find(({ key }) => key === name)?.value;
}

function submitted(): { libraries: object[]; shell_command_task: { command: string[] } } {
  const call = recorder.calls.find(({ path }) => path.endsWith("/jobs/runs/submit"));
  return JSON.parse(call?.body.toString() ?? "") as ReturnType<typeof submitted>; // As our own client sends it.
}

test("waits for the job, shows its states and output, and ends the run", async () => {
  const { code, stdout, stderr } = await run([".", "-b", "databricks", ...CLUSTER, "-P", "text=a b"]);
  expect(code, stderr).toBe(0);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/submitted as job run 7, http.*\n.*job TERMINATED SUCCESS\n.*FINISHED\n$/);
  const finished = await newestRun();
  expect(finished.info.status).toBe("FINISHED");
  expect(tagOf(finished, "mlflow.databricks.runURL")).toBe(`${recorder.url}/#job/3/run/1`);
  expect(tagOf(finished, "mlflow.databricks.webappURL")).toBe(recorder.url);
});

test("a job that fails leaves a FAILED run with the reason", async () => {
  recorder.reset(FAILURE);
  const { code, stdout, stderr } = await run([".", "-b", "databricks", ...CLUSTER]);
  expect(code).toBe(1);
  expect(stdout).toBe("reading flights\nout of disk\n");
  const states = [...stderr.matchAll(/flightdeck: job (\w+)/g)].map(([, state]) => state);
  expect(states).toEqual(["PENDING", "RUNNING", "TERMINATED"]);
  expect(stderr).toContain("7 workers of p3.2xlarge are this machine");
  const failed = await newestRun();
  expect(failed.info.status).toBe("FAILED");
  expect(tagOf(failed, "flightdeck.failureMessage")).toBe(
    "exit code 1\nreading flights\nout of disk\njob run 7 ended with FAILED: the task ended with exit code 3",
  );
});

test("Ctrl-C cancels the job and leaves a KILLED run", async () => {
  recorder.reset(ENDLESS);
  const { code } = await run([".", "-b", "databricks", ...CLUSTER], { interruptAt: "job RUNNING" });
  expect(code).toBe(130);
  expect(recorder.calls.filter(({ path }) => path.endsWith("/jobs/runs/cancel"))).toHaveLength(1);
  expect((await newestRun()).info.status).toBe("KILLED");
});

test("--no-wait exits after submitting and leaves the run RUNNING", async () => {
  recorder.reset(ENDLESS);
  const { code, stderr } = await run([".", "-b", "databricks", ...CLUSTER, "--no-wait"]);
  expect(code).toBe(0);
  expect(stderr).toContain("continues in the workspace");
  expect((await newestRun()).info.status).toBe("RUNNING");
});

test("a Node project is run by the cluster's Flightdeck, without MLflow", async () => {
  await writeFile(join(folder, "train.mjs"), "");
  await run([".", "-b", "databricks", ...CLUSTER, "-e", "train.mjs", "--no-wait"]);
  const { libraries, shell_command_task: task } = submitted();
  expect(libraries).toEqual([]);
  expect(task.command[2]).toMatch(
    /&&\nflightdeck run \/databricks\/mlflow\/projects\/\w+ --entry-point train\.mjs --run-id /,
  );
});

test("a cluster that lists MLflow as a library keeps its version", async () => {
  const libraries = [{ pypi: { package: "mlflow==2.22.4" } }];
  const config = JSON.stringify({ new_cluster: { num_workers: 1 }, libraries });
  await run([".", "-b", "databricks", "-c", config, "--no-wait"]);
  expect(submitted().libraries).toEqual(libraries);
});

test("a path parameter may be a path on the cluster", async () => {
  const args = [".", "-b", "databricks", ...CLUSTER, "--no-wait", "-P", "data=/dbfs/flights.parquet"];
  expect((await run(args)).code).toBe(0);
  expect(submitted().shell_command_task.command[2]).toContain("-P data=/dbfs/flights.parquet");
});

type BadCase = {
  readonly what: string;
  readonly args: readonly string[];
  readonly message: RegExp;
  readonly env?: Record<string, string>;
};

const BAD: readonly BadCase[] = [
  {
    what: "a missing backend config",
    args: [],
    message: /Backend spec must be provided when launching MLflow project runs on Databricks\./,
  },
  {
    what: "a missing config file",
    args: ["-c", "absent.json"],
    message: /absent\.json cannot be read: ENOENT/,
  },
  {
    what: "a config that is not JSON",
    args: ["-c", "broken.json"],
    message: /broken\.json is not JSON: .*, line 3 column 1/,
  },
  {
    what: "an existing cluster",
    args: ["-c", '{"existing_cluster_id": "1"}'],
    message: /must provide a \*new cluster\* specification/,
  },
  {
    what: "a local tracking URI",
    args: CLUSTER,
    message: /the MLflow tracking URI must be of the form 'databricks'/,
    env: { MLFLOW_TRACKING_URI: "mlruns" },
  },
  {
    what: "a missing workspace",
    args: CLUSTER,
    message: /no host is configured for databricks/,
    env: { DATABRICKS_HOST: "", DATABRICKS_TOKEN: "" },
  },
  { what: "an unknown entry point", args: [...CLUSTER, "-e", "mian"], message: /did you mean "main"\?/ },
  {
    what: "a missing parameter",
    args: [...CLUSTER, "-e", "required"],
    message: /parameter count \(int\) is missing; parameter ratio/,
  },
];

test.each(BAD)("rejects $what before sending any request", async ({ args, message, env = {} }) => {
  await writeFile(join(folder, "broken.json"), '{\n  "num_workers": 2,\n}');
  const { code, stderr } = await run([".", "-b", "databricks", ...args], { env });
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(recorder.calls).toEqual([]);
});

test("an error from the workspace is shown, and the run is FAILED", async () => {
  recorder.reset({ ...SUCCESS, refusal: { error_code: "PERMISSION_DENIED", message: "no jobs for you" } });
  const { code, stderr } = await run([".", "-b", "databricks", ...CLUSTER]);
  expect(code).toBe(1);
  expect(stderr).toContain("no jobs for you");
  expect((await newestRun()).info.status).toBe("FAILED");
});
