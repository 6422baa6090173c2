import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { MlflowClient } from "@flightdeck/client";
import { sleep } from "@flightdeck/core";
import { endpoints, type JobRunWire, type Run } from "@flightdeck/protocol";
import { REPOSITORY_ROOT } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLIENT_VERSIONS, clientPython, type ClientVersion } from "./parity/clients.ts";
import { type CommandResult, runCommand } from "./run-command.ts";
import { FLIGHTDECK, ServingCommand } from "./serving-command.ts";
import { startWorkspace, WORKSPACE_EXPERIMENT } from "./workspace.ts";

/*
 * The guide's commands in order, with our own server as the workspace: `flightdeck` runs the guide's project in TypeScript, and
 * the stock clients submit a small scikit-learn project as a job.
 */

const AIRLINE = join(REPOSITORY_ROOT, "examples/airline");
const POLL_MS = 500;

/** The guide's cluster: eight machines with a GPU each. */
const TRAINING_CLUSTER = {
  autoscale: { min_workers: 7, max_workers: 8 },
  spark_version: "6.6.x-gpu-ml-scala2.11",
  spark_conf: { "spark.executor.cores": "2" },
  aws_attributes: { first_on_demand: 1, availability: "SPOT_WITH_FALLBACK", zone_id: "us-west-2a" },
  node_type_id: "p3.2xlarge",
  driver_node_type_id: "p3.2xlarge",
  ssh_public_keys: [],
  custom_tags: {},
  cluster_log_conf: { dbfs: { destination: "dbfs:/cluster-logs" } },
  spark_env_vars: {},
  enable_elastic_disk: false,
  cluster_source: "UI",
  init_scripts: [],
};

const clients = await Promise.all(
  CLIENT_VERSIONS.map(async (version) => ({ version, python: await clientPython(version) })),
);

let folder: string;
let server: ServingCommand;
let env: Readonly<Record<string, string>>;
let client: MlflowClient;
let cluster: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "databricks-jobs-")));
  cluster = join(folder, "training_cluster.json");
  await writeFile(cluster, JSON.stringify(TRAINING_CLUSTER));
  ({ server, client, env } = await startWorkspace(folder));
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

describe("flightdeck with a TypeScript project", () => {
  const SMALL = ["-P", "max_evals=1", "-P", "n_estimators_max=151", "-P", "fpath=./airline_small.parquet"];
  const run = (...args: readonly string[]): Promise<CommandResult> => {
    const condaEnv = `conda-env=${AIRLINE}/envs/conda.yaml`;
    const argv = [FLIGHTDECK, "run", `file:///${AIRLINE}`, ...args, "-P", condaEnv, ...SMALL];
    return runCommand(process.execPath, argv, { cwd: AIRLINE, env });
  };

  test("runs the search locally, serves the model by its Full Path, and answers the query", async () => {
    const { code, stderr } = await run("-b", "local", "-e", "hyperopt");
    expect(code, stderr).toBe(0);
    const fullPath = `${(await newestRun()).info.artifactUri}/Airline-Demo`;
    expect(fullPath).toMatch(/^dbfs:\/databricks\/mlflow\/\d+\/[0-9a-f]{32}\/artifacts\/Airline-Demo$/);
    const serving = ["models", "serve", "-m", fullPath, "-p", "0"];
    const model = await ServingCommand.start(serving, { cwd: folder, env: { ...process.env, ...env } });
    const query = await runCommand("bash", ["test_call.sh", new URL(model.url).origin], {
      cwd: AIRLINE,
      env,
    });
    await model.close();
    expect(query.stdout).toMatch(/^\[[01]\]\n/);
  });

  test("runs the search as a job on a cluster", async () => {
    const { code, stdout, stderr } = await run("-b", "databricks", `--backend-config=${cluster}`);
    expect(code, stdout + stderr).toBe(0);
    expect(stderr).toMatch(/job \w+: .*Asked for .*p3\.2xlarge.*; got this machine/);
    expect(stderr).toMatch(/job TERMINATED SUCCESS/);
    const { info, data } = await newestRun();
    expect(info.status).toBe("FINISHED");
    expect(data.tags).toContainEqual({ key: "mlflow.project.backend", value: "databricks" });
    expect(data.params).toContainEqual({ key: "max_evals", value: "1" });
  });
});

describe("stock mlflow with a scikit-learn project", () => {
  const submitted = new Map<ClientVersion, SubmittedRun>();

  /* Submits one after another, because the clients are slow; the jobs run in parallel. */
  beforeAll(async () => {
    for (const { version, python } of clients) {
      if (!python.missing) submitted.set(version, await submit(version, python.value));
    }
  });

  for (const { version, python } of clients) {
    const title = `mlflow ${version} runs a job on a cluster`;
    test.skipIf(python.missing)(`${title}${python.missing ? ` (${python.reason})` : ""}`, async () => {
      const { runId, jobRunId } = submitted.get(version)!;
      const { state, logs } = await endOf(jobRunId);
      expect(state.result_state, `${state.state_message}\n${logs}`).toBe("SUCCESS");
      const { info, data } = await client.getRun(runId);
      expect(info.status).toBe("FINISHED");
      expect(data.metrics).toMatchObject([{ key: "accuracy", value: 1 }]);
      const name = `forest_${version.split(".")[0]}`;
      expect((await client.getModelVersion({ name, version: "1" })).runId).toBe(runId);
    });
  }
});

type SubmittedRun = { readonly runId: string; readonly jobRunId: number };

/** Submits the job with only the guide's flags. */
async function submit(version: ClientVersion, python: string): Promise<SubmittedRun> {
  const project = await projectFor(version);
  const command = ["run", `file:///${project}`, "-b", "databricks", `--backend-config=${cluster}`];
  const parameters = ["-P", `conda-env=${project}/envs/conda.yaml`, "-P", "trees=3"];
  const program = join(dirname(python), "mlflow");
  const { code, stderr } = await runCommand(program, [...command, ...parameters], { cwd: project, env });
  expect(code, stderr).toBe(0);
  const { info, data } = await newestRun();
  const jobRunId = data.tags.find(({ key }) => key === "mlflow.databricks.shellJobRunID")?.value;
  return { runId: info.runId, jobRunId: Number(jobRunId) };
}

/**
 * On a cluster, where DBFS is a folder, MLflow 1 copies files with distutils. It breaks when setuptools 68 or later replaces only
 * a part of Python 3.11's distutils.
 */
const EXTRA_REQUIREMENTS: Readonly<Partial<Record<ClientVersion, readonly string[]>>> = {
  "1.30.1": ["setuptools<68"],
};

/** Writes the project with the client's own release in its environment. Returns its folder. */
async function projectFor(version: ClientVersion): Promise<string> {
  const project = join(folder, `forest-${version}`);
  await cp(join(REPOSITORY_ROOT, "acceptance/projects/forest"), project, { recursive: true });
  const file = join(REPOSITORY_ROOT, `acceptance/python/clients/mlflow-${version}.txt`);
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => /^\w/.test(line));
  const pip = [...lines, ...(EXTRA_REQUIREMENTS[version] ?? [])].map((line) => `      - ${line}\n`).join("");
  await mkdir(join(project, "envs"));
  await writeFile(
    join(project, "envs/conda.yaml"),
    `name: forest\nchannels: [conda-forge]\ndependencies:\n  - pip\n  - pip:\n${pip}`,
  );
  return project;
}

async function newestRun(): Promise<Run> {
  const { experimentId } = await client.getExperimentByName(WORKSPACE_EXPERIMENT);
  const { items } = await client.searchRuns({
    experimentIds: [experimentId],
    filter: "tags.mlflow.project.entryPoint != ''",
    maxResults: 1,
  });
  return items[0]!;
}

type Ended = { readonly state: JobRunWire["state"]; readonly logs: string };

async function endOf(jobRunId: number): Promise<Ended> {
  for (;;) {
    const { state } = await client.call(endpoints.getJobRun, { run_id: jobRunId });
    if (state.result_state !== undefined) {
      const { logs } = await client.call(endpoints.getJobRunOutput, { run_id: jobRunId });
      return { state, logs };
    }
    await sleep(POLL_MS);
  }
}
