import { jobRunToWire } from "@flightdeck/protocol";
import { describe, expect, it } from "vitest";
import { jobTaskView } from "./job-task-view.ts";
import { exampleJobRun } from "./testing/example-job-run.ts";

const wire = (changes: Parameters<typeof exampleJobRun>[0]) => jobRunToWire(exampleJobRun(changes), "");

describe("jobTaskView", () => {
  it("shows a script, the names of its environment without their values, and no token", () => {
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

  it("shows a command's arguments one a line", () => {
    const view = jobTaskView(
      wire({ task: { kind: "shell_command", command: ["python", "train.py", "--depth=8"], envVars: {} } }),
    );
    expect(view).toMatchObject({ program: "python", text: "train.py\n--depth=8" });
  });

  it("shows a Python file with what run-now gave it in place of its own parameters", () => {
    const task = { kind: "spark_python", pythonFile: "dbfs:/train.py", parameters: ["--a"] } as const;
    expect(jobTaskView(wire({ task }))).toMatchObject({ program: "dbfs:/train.py", text: "--a" });
    const given = jobTaskView(wire({ task, parameters: { pythonParams: ["--b", "1"] } }));
    expect(given).toMatchObject({ kind: "Python file", text: "--b\n1" });
  });
});
