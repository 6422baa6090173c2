import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { flightdeckJobScript, mlflowJobScript } from "./job-submission.ts";

const OPTIONS = {
  archive: "/dbfs/mlflow-experiments/1/projects-code/abc.tar.gz",
  runId: "0123",
  entryPoint: "main",
  envManager: "local",
  parameters: { text: "it's $(id)", z: "1" },
};

const QUOTED = `'text=it'"'"'s $(id)'`;

test("unpacks the project and runs it with the cluster's MLflow", () => {
  const commands = mlflowJobScript(OPTIONS).trim().split(" &&\n");
  expect(commands).toEqual([
    "export PATH=$PATH:$DB_HOME/python/bin",
    "mlflow --version",
    "mkdir -p /databricks/mlflow/project-tars /databricks/mlflow/projects",
    "rsync -a -v --ignore-existing /dbfs/mlflow-experiments/1/projects-code/abc.tar.gz /databricks/mlflow/project-tars",
    "cd $(mktemp -d)",
    "tar --no-same-owner -xzvf /databricks/mlflow/project-tars/abc.tar.gz",
    "mv -T mlflow-project /databricks/mlflow/projects/abc",
    `mlflow run /databricks/mlflow/projects/abc --entry-point main --env-manager local -c '{"_mlflow_local_backend_run_id": "0123"}' -P ${QUOTED} -P z=1`,
  ]);
});

test("runs a Node project with Flightdeck", () => {
  const { envManager: _, ...options } = OPTIONS;
  const commands = flightdeckJobScript(options).trim().split(" &&\n");
  expect(commands[2]).toBe("flightdeck --version");
  expect(commands.at(-1)).toBe(
    `flightdeck run /databricks/mlflow/projects/abc --entry-point main --run-id 0123 -P ${QUOTED} -P z=1`,
  );
});

test("fails with a clear message on a cluster without Flightdeck", () => {
  const failed = (): string =>
    execFileSync("/bin/bash", ["-c", flightdeckJobScript(OPTIONS)], {
      env: { PATH: "/nowhere" },
      encoding: "utf8",
      stdio: "pipe",
    });
  expect(failed).toThrow("the cluster has no flightdeck on its PATH");
});
