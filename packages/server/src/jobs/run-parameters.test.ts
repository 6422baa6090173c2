import { endpoints, type Job, type JobRunParameters, type JobTask, parseRequest } from "@flightdeck/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { specOfRun } from "./job-handlers.ts";

function taskOf(settings: object, parameters: JobRunParameters = {}): JobTask {
  const parsed = parseRequest(endpoints.createJob, { new_cluster: { spark_version: "x" }, ...settings });
  const job: Job = { jobId: 7, creatorUserName: "", createdTimeMs: 0, settings: parsed };
  return specOfRun(job, parameters).task;
}

const python = {
  spark_python_task: { python_file: "dbfs:/a.py", parameters: ["{{job.parameters.x}}", "{{other}}"] },
};
const named = { parameters: [{ name: "x", default: "d" }] };

test("values are substituted in parameters; names without a value stay as they are", () => {
  expect(taskOf({ ...python, ...named })).toMatchObject({ parameters: ["d", "{{other}}"] });
  expect(taskOf({ ...python, ...named }, { jobParameters: { x: "e" } })).toMatchObject({
    parameters: ["e", "{{other}}"],
  });
  expect(taskOf(python, { pythonParams: ["{{ job.id }}"] })).toMatchObject({ parameters: ["7"] });
});

test("values are substituted in a command's variables, never in the command", () => {
  const shell = {
    shell_command_task: {
      command: ["bash", "-c", "{{job.parameters.x}}"],
      env_vars: { A: "{{job.parameters.x}}" },
    },
  };
  expect(taskOf({ ...shell, ...named }, { jobParameters: { x: "$(id)" } })).toEqual({
    kind: "shell_command",
    command: ["bash", "-c", "{{job.parameters.x}}"],
    envVars: { A: "$(id)" },
  });
  expect(() => taskOf(shell, { pythonParams: [] })).toThrow("python_params are for a spark_python_task");
});

test("any value arrives unchanged", () => {
  fc.assert(
    fc.property(fc.string(), (x) => {
      expect(taskOf({ ...python, ...named }, { jobParameters: { x } })).toMatchObject({
        parameters: [x, "{{other}}"],
      });
    }),
  );
});
