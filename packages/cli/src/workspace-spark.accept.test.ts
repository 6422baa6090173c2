import { readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { sleep } from "@flightdeck/core";
import { bringSpark } from "@flightdeck/spark";
import { part, REPOSITORY_ROOT } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FlightdeckProcess } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

/* A real workspace whose clusters with workers run a real Spark. */

const FLIGHTDECK_ENV_ROOT = join(REPOSITORY_ROOT, ".tools", "envs");
const spark = await part("Spark", () => bringSpark({ env: { ...process.env, FLIGHTDECK_ENV_ROOT } }));

/** The Python packages that a driver needs in its job. The workspace provides PySpark. */
const LIBRARIES = ["hyperopt==0.3.0", "setuptools<81", "mlflow-skinny==3.17.2"];
const POLL_MS = 300;
/** On two busy cores, the first application on a new Spark took four minutes. */
const PATIENT = { timeout: 900_000 } as const;

let folder: TemporaryFolder;
let server: FlightdeckProcess;
let url: string;
let cluster: string;

describe.skipIf(spark.missing)("a cluster with workers", () => {
  beforeAll(async () => {
    await openWorkspace();
    cluster = (await post("clusters/create", { cluster_name: "lab", ...workers(2) }))["cluster_id"] as string;
  });
  afterAll(async () => {
    await post("clusters/delete", { cluster_id: cluster });
    await closeWorkspace();
  });

  test("stock hyperopt's SparkTrials runs in a job on it, and logs nested runs", PATIENT, async () => {
    await putFile("search.py", SPARK_TRIALS);
    const libraries = LIBRARIES.map((name) => ({ pypi: { package: name } }));
    const run = await ended({ spark_python_task: { python_file: "dbfs:/search.py" }, libraries });
    expect(run.logs).toContain("4 trials on 2 slots");
    expect(run.message).toMatch(/Spark 4\.\d+\.\d+ with 2 workers\.$/);
    const named = await fetch(`${url}/api/2.0/mlflow/experiments/get-by-name?experiment_name=/search`);
    const { experiment } = (await named.json()) as { experiment: { experiment_id: string } };
    const found = await post("mlflow/runs/search", { experiment_ids: [experiment.experiment_id] });
    const runs = found["runs"] as Run[]; // The API's response format.
    const tags = runs.map(({ data }) => data.tags.find(({ key }) => key === "mlflow.parentRunId"));
    expect(tags.filter((tag) => tag !== undefined)).toHaveLength(4);
  });

  test(
    "the next job shares its Spark: our own search by Spark Connect, and spark-submit",
    PATIENT,
    async () => {
      const before = await processes();
      expect(before.length).toBeGreaterThan(3);
      await writeFile(join(folder.path, "objective.mjs"), "export const objective = ({ x }) => x;");
      await writeFile(join(folder.path, "search.mjs"), OUR_SEARCH);
      const ours = await ended({
        shell_command_task: { command: ["node", join(folder.path, "search.mjs")] },
      });
      expect(ours.logs).toMatch(/^best 0\.\d+\n/);
      await putFile("count.py", COUNT);
      const submitted = await ended({ spark_submit_task: { parameters: ["dbfs:/count.py", "dbfs:/x"] } });
      expect(submitted.logs).toContain("4950 /");
      expect(await processes()).toEqual(before);
    },
  );

  test("Spark outlives a killed server, serves the next server's jobs, and ends with the cluster", async () => {
    const before = await processes();
    server.child.kill("SIGKILL");
    await server.end();
    await startServer();
    await ended({
      shell_command_task: {
        command: ["sh", "-c", 'test -n "$MASTER" && test -f "$SPARK_CONF_DIR/spark-defaults.conf"'],
      },
    });
    expect(await processes()).toEqual(before);
    await post("clusters/delete", { cluster_id: cluster });
    await gone();
  });

  test("the Spark of a run's own cluster ends even if the server was killed while it started", async () => {
    const own = { ...shell("sleep 1000"), new_cluster: workers(1) };
    const { run_id: runId } = await post("jobs/runs/submit", own);
    while ((await processes()).length === 0) await sleep(POLL_MS);
    server.child.kill("SIGKILL");
    await server.end();
    await startServer();
    await post("jobs/runs/cancel", { run_id: runId });
    await gone();
  });

  test("a spark_submit_task without workers is refused when it is submitted", async () => {
    const request = { spark_submit_task: { parameters: [] }, new_cluster: workers(0) };
    await expect(post("jobs/runs/submit", request)).rejects.toThrow(
      "a spark_submit_task needs a cluster with workers, new_cluster.num_workers of at least 1",
    );
  });
});

describe("a cluster with workers whose Spark cannot start", () => {
  beforeAll(async () => {
    await openWorkspace((workspace) => ({ SPARK_HOME: join(workspace, "no-spark") }));
  });
  afterAll(closeWorkspace);

  const reason = (): string =>
    `Spark could not be started for the cluster's workers: SPARK_HOME ${join(folder.path, "no-spark")} is not a Spark that Flightdeck can run: it has no folder jars`;

  test("runs a task that can do without Spark, and says why there is none", async () => {
    const script = 'echo "MASTER is ${MASTER-unset}"';
    const run = await outcomeOf({ ...shell(script), new_cluster: workers(1) });
    expect(run).toMatchObject({ result: "SUCCESS", logs: "MASTER is unset\n" });
    expect(run.message).toContain(`The task runs without Spark: ${reason()}`);
  });

  test("fails a spark_submit_task with the reason", async () => {
    const submit = { spark_submit_task: { parameters: ["dbfs:/count.py"] } };
    const run = await outcomeOf({ ...submit, new_cluster: workers(1) });
    expect(run).toMatchObject({ result: "FAILED", logs: "" });
    expect(run.message).toContain(reason());
    expect(run.message).not.toContain("runs without Spark");
  });
});

type Run = { readonly data: { readonly tags: readonly { readonly key: string }[] } };
type Json = Readonly<Record<string, unknown>>;

const workers = (count: number): Json => ({ spark_version: "16.4.x-scala2.12", num_workers: count });
const shell = (script: string): Json => ({ shell_command_task: { command: ["sh", "-c", script] } });

type Variables = Readonly<Record<string, string>>;

async function openWorkspace(variables: (folder: string) => Variables = () => ({})): Promise<void> {
  folder = await TemporaryFolder.create();
  await startServer(variables(folder.path));
}

async function closeWorkspace(): Promise<void> {
  server.child.kill("SIGTERM");
  await server.end();
  await folder.remove();
}

async function startServer(variables: Variables = {}): Promise<void> {
  const args = ["server", "-p", "0", "--data-dir", "data", "--allow-jobs"];
  const env = { FLIGHTDECK_ENV_ROOT, ...variables };
  server = FlightdeckProcess.start(args, { cwd: folder.path, env });
  url = await server.written(/listens on (\S+)/);
}

async function post(path: string, body: object): Promise<Json> {
  const response = await fetch(`${url}/api/2.0/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Json;
  if (!response.ok) throw new TypeError(JSON.stringify(answer));
  return answer;
}

async function putFile(name: string, text: string): Promise<void> {
  await post("dbfs/put", {
    path: `/${name}`,
    contents: Buffer.from(text).toString("base64"),
    overwrite: true,
  });
}

type Outcome = { readonly result: string; readonly logs: string; readonly message: string };

/** Runs a task on the cluster; fails unless it succeeds. */
async function ended(task: Json): Promise<Outcome> {
  const outcome = await outcomeOf({ ...task, existing_cluster_id: cluster });
  expect(outcome.result, `${outcome.message}\n${outcome.logs}`).toBe("SUCCESS");
  return outcome;
}

/** Submits a run and waits until it has ended. */
async function outcomeOf(request: Json): Promise<Outcome> {
  const { run_id: runId } = await post("jobs/runs/submit", request);
  for (;;) {
    const output = await (await fetch(`${url}/api/2.0/jobs/runs/get-output?run_id=${String(runId)}`)).json();
    const { logs, metadata } = output as {
      logs: string;
      metadata: { state: { result_state?: string; state_message: string } };
    };
    const { result_state: result, state_message: message } = metadata.state;
    if (result !== undefined) return { result, logs, message };
    await sleep(POLL_MS);
  }
}

/** The Spark processes of the clusters, except executors, which come and go with applications. */
async function processes(): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const isOurs = async (pid: string): Promise<boolean> => {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => "");
    const command = await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "");
    return (
      cwd.startsWith(join(folder.path, "data", "clusters")) &&
      /deploy\.(?:master|worker|SparkSubmit)/.test(command)
    );
  };
  const found = await Promise.all(pids.map(isOurs));
  return pids.filter((_, index) => found[index]).map(Number);
}

async function gone(): Promise<void> {
  while ((await processes()).length > 0) await sleep(POLL_MS);
  while (
    (await readdir(join(folder.path, "data", "clusters"), { withFileTypes: true })).some((each) =>
      each.isDirectory(),
    )
  )
    await sleep(POLL_MS);
}

const SPARK_TRIALS = `
import mlflow
from hyperopt import SparkTrials, fmin, hp, rand
from pyspark.sql import SparkSession

mlflow.set_experiment("/search")
spark = SparkSession.builder.getOrCreate()
trials = SparkTrials(parallelism=2, spark_session=spark)
with mlflow.start_run(run_name="search"):
    best = fmin(lambda x: x * x, hp.uniform("x", -1, 1), algo=rand.suggest, max_evals=4, trials=trials, show_progressbar=False, verbose=False)
    for trial in trials.trials:
        with mlflow.start_run(nested=True):
            mlflow.log_metric("loss", trial["result"]["loss"])
print(f"{len(trials.trials)} trials on {spark.sparkContext.defaultParallelism} slots of {spark.sparkContext.master}")
spark.stop()
`;

const COUNT = `
import sys
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
print(spark.range(100).selectExpr("sum(id)").first()[0], sys.argv[1])
spark.stop()
`;

const packageUrl = (name: string): string =>
  pathToFileURL(join(REPOSITORY_ROOT, "packages", name, "src/index.ts")).href;

const OUR_SEARCH = `
import { fmin, hp, rand, workerModule } from ${JSON.stringify(packageUrl("hyperopt"))};
import { sparkTrials } from ${JSON.stringify(packageUrl("spark"))};

const best = await fmin({
  fn: workerModule("./objective.mjs", "objective"),
  space: { x: hp.uniform("x", 0, 1) },
  algo: rand.suggest,
  executor: sparkTrials({ remote: process.env.FLIGHTDECK_SPARK_REMOTE }),
  maxEvals: 3,
});
console.log("best", best.x);
`;
