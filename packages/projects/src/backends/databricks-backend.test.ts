import { expect, test } from "vitest";
import type { Project } from "../project/project.ts";
import { databricksBackend } from "./get-backend.ts";
import { localBackend } from "./local-backend.ts";

const PROJECT: Project = { folder: "/data/project", entryPoints: [] };
const SPARK: Project = {
  ...PROJECT,
  sparkJob: { pythonFile: "count.py", parameters: [], pythonLibraries: [] },
};

function check(
  project: Project,
  {
    trackingUri = "databricks",
    parameters = {},
  }: { trackingUri?: string; parameters?: Record<string, string> } = {},
  backend: typeof databricksBackend = databricksBackend,
): () => void {
  const request = { uri: ".", parameters, backendConfig: {}, wait: true };
  return () => backend.check({ project, request, trackingUri });
}

test.each(["databricks", "databricks://lab", "https://mlflow.example.com"])(
  "runs can be tracked at %s",
  (trackingUri) => {
    expect(check(PROJECT, { trackingUri })).not.toThrow();
  },
);

test.each(["", "mlruns", "sqlite:///x.db", "databricksx"])("runs cannot be tracked at %j", (trackingUri) => {
  expect(check(PROJECT, { trackingUri })).toThrow(
    "must be of the form 'databricks' or 'databricks://profile'",
  );
});

test("rejects a Docker project, and parameters that a Spark job would not receive", () => {
  const docker: Project = { ...PROJECT, environment: { kind: "docker_env", definition: "image" } };
  expect(check(docker)).toThrow("docker-based projects on Databricks");
  expect(check(SPARK)).not.toThrow();
  expect(check(SPARK, { parameters: { depth: "3" } })).toThrow("leave out -P depth");
});

test("a Spark job's file does not run locally", () => {
  expect(check(SPARK, {}, localBackend)).toThrow("run the project with -b databricks");
});
