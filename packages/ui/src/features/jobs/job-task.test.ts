import { jobRunToWire, SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";
import { describe, expect, test } from "vitest";
import { exampleJobRun } from "./example-job-run.ts";
import { clusterAskedFor, clusterGot, findJobRunPlace, jobTaskView, trackedRunOf } from "./job-task.ts";

const wire = (changes: Parameters<typeof exampleJobRun>[0]) => jobRunToWire(exampleJobRun(changes), "");

describe("jobTaskView", () => {
  test("shows a script, the names of its environment without their values, and no token", () => {
    const command = ["bash", "-c", `\nexport A=fdpat-${"x".repeat(43)} &&\nmlflow run .\n`];
    const envVars = { MLFLOW_TRACKING_URI: "databricks", DATABRICKS_TOKEN: "secret" };
    const view = jobTaskView(wire({ task: { kind: "shell_command", command, envVars } }));
    expect(view).toEqual({
      kind: "Shell command",
      program: "bash -c",
      text: "export A=fdpat-… &&\nmlflow run .",
      environmentNames: ["DATABRICKS_TOKEN", "MLFLOW_TRACKING_URI"],
      libraries: ["mlflow==3.17.2", "dbfs:/a.whl"],
    });
    expect(JSON.stringify(view)).not.toContain("secret");
  });

  test("shows a command's arguments one a line", () => {
    const view = jobTaskView(
      wire({ task: { kind: "shell_command", command: ["python", "train.py", "--depth=8"], envVars: {} } }),
    );
    expect(view).toMatchObject({ program: "python", text: "train.py\n--depth=8" });
  });

  test("shows a Python file with the parameters that run-now overrode", () => {
    const task = { kind: "spark_python", pythonFile: "dbfs:/train.py", parameters: ["--a"] } as const;
    expect(jobTaskView(wire({ task }))).toMatchObject({ program: "dbfs:/train.py", text: "--a" });
    const given = jobTaskView(wire({ task, parameters: { pythonParams: ["--b", "1"] } }));
    expect(given).toMatchObject({ kind: "Python file", text: "--b\n1" });
  });
});

const ID = "0123456789abcdef".repeat(2);
const of = (script: string, envVars: Readonly<Record<string, string>> = {}) =>
  trackedRunOf(
    jobRunToWire(
      exampleJobRun({ task: { kind: "shell_command", command: ["bash", "-c", script], envVars } }),
      "",
    ),
  );

describe("trackedRunOf", () => {
  test.each([
    [`mlflow run . -c '{"_mlflow_local_backend_run_id": "${ID}"}' -P a=1`],
    [`flightdeck run . --entry-point main --run-id ${ID} -P a=1`],
    [`export MLFLOW_RUN_ID=${ID}; python train.py`],
    [`MLFLOW_RUN_ID="${ID}" python train.py`],
  ])("finds the run that %s names", (script) => {
    expect(of(script)).toEqual({ runId: ID });
  });

  test("prefers the environment's run ID to the script's, and reads the experiment too", () => {
    const other = "f".repeat(32);
    const envVars = { MLFLOW_RUN_ID: ID, MLFLOW_EXPERIMENT_ID: "5" };
    expect(of(`flightdeck run . --run-id ${other}`, envVars)).toEqual({ runId: ID, experimentId: "5" });
  });

  test.each(["python train.py", "flightdeck run . --run-id ../../x", `echo ${ID}`])(
    "finds none in %s",
    (script) => {
      expect(of(script)).toEqual({});
      expect(of(script, { MLFLOW_RUN_ID: "javascript:alert(1)" })).toEqual({});
    },
  );
});

const HERE = "http://127.0.0.1:5000";
const tagged = (url: string | undefined, jobRunId?: string): Tag[] => [
  ...(url === undefined ? [] : [{ key: SYSTEM_TAGS.databricksRunUrl, value: url }]),
  ...(jobRunId === undefined ? [] : [{ key: SYSTEM_TAGS.databricksJobRunId, value: jobRunId }]),
];

describe("findJobRunPlace", () => {
  test("links to this page for a job of this server", () => {
    expect(findJobRunPlace(tagged(`${HERE}/jobs/3/runs/7`, "7"), HERE)).toEqual({
      kind: "here",
      jobId: "3",
      jobRunId: "7",
    });
    expect(findJobRunPlace(tagged(`${HERE}/jobs/3/runs/7`), HERE)).toMatchObject({ kind: "here" });
  });

  test.each([
    "https://adb-1.azuredatabricks.net/?o=1#job/3/run/7",
    "http://127.0.0.1:50001/jobs/3/runs/7",
    "http://127.0.0.1.evil.example:5000/jobs/3/runs/7",
  ])("links elsewhere for %s", (url) => {
    expect(findJobRunPlace(tagged(url, "7"), HERE)).toEqual({ kind: "elsewhere", jobRunId: "7", url });
  });

  test.each([undefined, "javascript:alert(1)", "data:text/html,x", "jobs/3/runs/7", ""])(
    "is no link for %j",
    (url) => {
      expect(findJobRunPlace(tagged(url, "7"), HERE)).toEqual({ kind: "unknown", jobRunId: "7" });
    },
  );

  test("has no link for a run that no job made", () => {
    expect(findJobRunPlace([], HERE)).toBeUndefined();
  });
});

describe("a cluster in words", () => {
  test.each([
    [
      { node_type_id: "p3.2xlarge", autoscale: { min_workers: 7, max_workers: 8 }, spark_version: "7.x" },
      "p3.2xlarge, 7–8 workers, Spark 7.x",
    ],
    [{ node_type_id: "p3.2xlarge", num_workers: 1 }, "p3.2xlarge, 1 worker"],
    [{ num_workers: 0 }, "0 workers"],
    [{ autoscale: { max_workers: 3 } }, "0–3 workers"],
    [{}, "–"],
  ])("%j asks for %s", (spec, text) => {
    expect(clusterAskedFor(spec)).toBe(text);
  });

  test("shows the machine's cores and memory while it runs", () => {
    expect(clusterGot({ cluster_cores: 4, cluster_memory_mb: 16_000 })).toBe("4 cores, 15.6 GB");
    expect(clusterGot({ cluster_cores: 1 })).toBe("1 core");
    expect(clusterGot({})).toBeUndefined();
  });
});
