import { AppError } from "@flightdeck/core";
import { describe, expect, test } from "vitest";
import { endpoints } from "../endpoints.ts";
import { parseRequest } from "../parse-request.ts";
import { jobTaskSpecFromWire } from "./job.ts";
import type { JobTaskSpec } from "./job-tasks.ts";

const shell = { shell_command_task: { command: ["bash", "-c", "true"], env_vars: { A: "1" } } };
const cluster = { new_cluster: { spark_version: "15.4.x-scala2.12", num_workers: 1 } };

const specOf = (fields: object): JobTaskSpec =>
  jobTaskSpecFromWire(parseRequest(endpoints.submitJobRun, fields));

function refusalOf(fields: object): string {
  try {
    specOf(fields);
  } catch (error) {
    return error instanceof AppError ? `${error.code}: ${error.message}` : String(error);
  }
  return "no refusal";
}

describe("a one-time run", () => {
  test("with one task, as sent by MLflow, drops the keys that MLflow's client adds to the cluster", () => {
    const polluted = { ...cluster.new_cluster, ENV_MANAGER: "local", SYNCHRONOUS: false, docker_auth: null };
    expect(
      specOf({
        run_name: "r",
        ...shell,
        new_cluster: polluted,
        libraries: [{ pypi: { package: "mlflow==1" } }],
      }),
    ).toEqual({
      taskKey: "main",
      task: { kind: "shell_command", command: ["bash", "-c", "true"], envVars: { A: "1" } },
      cluster: { newCluster: expect.not.objectContaining({ ENV_MANAGER: "local" }) },
      libraries: [{ pypi: { package: "mlflow==1" } }],
      timeoutSeconds: 0,
      withoutEffect: [],
    });
  });

  test("from MLflow 1.8 has its cluster and libraries one level deeper", () => {
    const nested = { new_cluster: { ...cluster, libraries: [{ pypi: { package: "six" } }] } };
    expect(specOf({ ...shell, ...nested })).toMatchObject({
      cluster: { newCluster: { spark_version: "15.4.x-scala2.12", num_workers: 1 } },
      libraries: [{ pypi: { package: "six" } }],
    });
  });

  test("from databricks-sdk has a list of one task, and may refer to a job cluster by key", () => {
    const task = { task_key: "t", job_cluster_key: "c", timeout_seconds: 60, max_retries: 2 };
    const python = { spark_python_task: { python_file: "dbfs:/a.py", parameters: ["x"] } };
    const shared = [{ job_cluster_key: "c", ...cluster }];
    expect(
      specOf({ tasks: [{ ...task, ...python }], job_clusters: shared, timeout_seconds: 30 }),
    ).toMatchObject({
      taskKey: "t",
      task: { kind: "spark_python", pythonFile: "dbfs:/a.py", parameters: ["x"] },
      cluster: { newCluster: { num_workers: 1 } },
      timeoutSeconds: 30,
      withoutEffect: ["max_retries"],
    });
  });

  test.each<[string, object, string]>([
    [
      "a notebook",
      { notebook_task: {} },
      "tasks of kind 'notebook_task' are not supported here; use shell_command_task, spark_python_task or spark_submit_task",
    ],
    ["an unknown kind", { ...cluster, dream_task: {} }, "tasks of kind 'dream_task' are not supported here"],
    [
      "no task",
      cluster,
      "a task must have exactly one of shell_command_task, spark_python_task and spark_submit_task, got none",
    ],
    [
      "two tasks in one",
      { ...cluster, ...shell, spark_python_task: { python_file: "a" } },
      "got shell_command_task and spark_python_task",
    ],
    [
      "several tasks",
      {
        tasks: [
          { task_key: "a", ...shell, ...cluster },
          { task_key: "b", ...shell, ...cluster },
        ],
      },
      "a job must have exactly one task here, got 2: a, b",
    ],
    [
      "no cluster",
      shell,
      "a task must have exactly one of new_cluster, existing_cluster_id and job_cluster_key, got 0",
    ],
    ["two clusters", { ...shell, ...cluster, existing_cluster_id: "x" }, "job_cluster_key, got 2"],
    [
      "an unknown job cluster",
      { ...shell, job_cluster_key: "x" },
      `there is no job cluster with the key "x"`,
    ],
    [
      "a cluster that is a string",
      { ...shell, new_cluster: "training_cluster.json" },
      `Invalid value "training_cluster.json" for parameter 'new_cluster' supplied`,
    ],
    [
      "a jar",
      { ...shell, ...cluster, libraries: [{ jar: "dbfs:/x.jar" }] },
      "libraries of kind 'jar' cannot be installed here",
    ],
    [
      "a wheel on the server's own disk",
      { ...shell, ...cluster, libraries: [{ whl: "/tmp/x.whl" }] },
      "must be a wheel in DBFS",
    ],
    [
      "a library without a kind",
      { ...shell, ...cluster, libraries: [{}] },
      "a library must have exactly one kind, got none",
    ],
    [
      "a schedule",
      { ...shell, ...cluster, schedule: { quartz_cron_expression: "0 0 * * * ?" } },
      "schedule is not supported here",
    ],
    [
      "a negative bound",
      { ...shell, ...cluster, timeout_seconds: -1 },
      "timeout_seconds must be 0 or more, got -1",
    ],
  ])("of %s is refused", (_what, fields, message) => {
    expect(refusalOf(fields)).toContain("INVALID_PARAMETER_VALUE: ");
    expect(refusalOf(fields)).toContain(message);
  });
});
