import { expect, test } from "vitest";
import { openArtifactRepository } from "./open-artifact-repository.ts";

const trackingUri = "http://127.0.0.1:5000";

test.each([
  "mlflow-artifacts:/1/0123/artifacts",
  "file:///tmp/x",
  "dbfs:/databricks/mlflow/1/0123/artifacts",
  `${trackingUri}/api/2.0/mlflow-artifacts/artifacts/1`,
])("opens %s", (uri) => {
  expect(openArtifactRepository(uri, { trackingUri }).rootUri).toBe(uri);
});

test.each([
  ["s3://bucket/x", "artifacts with the scheme 's3:' are not supported yet"],
  ["gs://bucket/x", "artifacts with the scheme 'gs:' are not supported yet"],
  ["runs:/0123/model", "refers to a record"],
  ["models:/m/1", "refers to a record"],
  ["http://host/elsewhere", "it does not contain /api/2.0/mlflow-artifacts/artifacts"],
])("rejects %s in one clear line", (uri, problem) => {
  expect(() => openArtifactRepository(uri, { trackingUri })).toThrow(problem);
});

test("a proxied URI needs a tracking server", () => {
  expect(() => openArtifactRepository("mlflow-artifacts:/1", { trackingUri: "sqlite:///x.db" })).toThrow(
    "need an http(s) tracking URI, got 'sqlite:///x.db'",
  );
});
