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
  ["s3://bucket/x", "artifacts with the scheme 's3:' cannot be opened yet"],
  ["gs://bucket/x", "artifacts with the scheme 'gs:' cannot be opened yet"],
  ["runs:/0123/model", "names a record"],
  ["models:/m/1", "names a record"],
  ["http://host/elsewhere", "it has no /api/2.0/mlflow-artifacts/artifacts in it"],
])("refuses %s in one clear line", (uri, says) => {
  expect(() => openArtifactRepository(uri, { trackingUri })).toThrow(says);
});

test("a proxied URI needs a tracking server", () => {
  expect(() => openArtifactRepository("mlflow-artifacts:/1", { trackingUri: "sqlite:///x.db" })).toThrow(
    "need an http(s) tracking URI, got 'sqlite:///x.db'",
  );
});
