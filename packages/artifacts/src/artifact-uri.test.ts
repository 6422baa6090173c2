import fc from "fast-check";
import { isAppError } from "@flightdeck/core";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { type ArtifactUri, parseArtifactUri } from "./artifact-uri.ts";

describe("parseArtifactUri", () => {
  test.each<[string, ArtifactUri]>([
    ["mlflow-artifacts:/1/ab/artifacts", { kind: "mlflow-artifacts", path: "1/ab/artifacts" }],
    ["mlflow-artifacts:/", { kind: "mlflow-artifacts", path: "" }],
    ["mlflow-artifacts:///1/a%20b", { kind: "mlflow-artifacts", path: "1/a b" }],
    ["mlflow-artifacts://host:5000/1", { kind: "mlflow-artifacts", host: "host:5000", path: "1" }],
    ["file:///tmp/a%20b", { kind: "file", file: "/tmp/a b" }],
    ["file:////tmp/x", { kind: "file", file: "/tmp/x" }],
    ["/tmp/x", { kind: "file", file: "/tmp/x" }],
    ["model", { kind: "file", file: resolve("model") }],
    ["C:\\models\\x", { kind: "file", file: resolve("C:\\models\\x") }],
    ["runs:/0123/model/data", { kind: "runs", runId: "0123", path: "model/data" }],
    ["runs:/0123", { kind: "runs", runId: "0123", path: "" }],
    ["models:/m-0123abc", { kind: "models", model: { by: "id", modelId: "m-0123abc" }, path: "" }],
    [
      "models:/air line/3",
      { kind: "models", model: { by: "version", name: "air line", version: "3" }, path: "" },
    ],
    [
      "models:/airline/3/data/x",
      { kind: "models", model: { by: "version", name: "airline", version: "3" }, path: "data/x" },
    ],
    [
      "models:/airline/Production",
      { kind: "models", model: { by: "stage", name: "airline", stage: "Production" }, path: "" },
    ],
    [
      "models:/airline@champion/MLmodel",
      { kind: "models", model: { by: "alias", name: "airline", alias: "champion" }, path: "MLmodel" },
    ],
    ["dbfs:/databricks/mlflow/1", { kind: "dbfs", path: "/databricks/mlflow/1" }],
    ["s3://bucket/a/b", { kind: "s3", bucket: "bucket", key: "a/b" }],
    ["https://host/x?y", { kind: "http", url: "https://host/x?y" }],
    ["gs://bucket/x", { kind: "other", scheme: "gs", uri: "gs://bucket/x" }],
  ])("parses %s", (uri, expected) => {
    expect(parseArtifactUri(uri)).toEqual(expected);
  });

  test.each([
    ["", "it is empty"],
    ["mlflow-artifacts:/../etc", "it must not contain '..'"],
    ["mlflow-artifacts:/1/%2e%2e/2", "it must not contain '..'"],
    ["mlflow-artifacts://5000/1", "it has a port, 5000, but no host"],
    ["file://host/share", "a file URI is file:///absolute/path"],
    ["file:///a%00b%2fc", "a file URI is file:///absolute/path"],
    ["runs:/", "it must be of the form 'runs:/<run_id>/path/to/artifact'"],
    ["runs://0123/model", "it must be of the form 'runs:/<run_id>/path/to/artifact'"],
    ["runs:/0123/../../x", "it must not contain '..'"],
    ["models:/", "Not a proper models:/ URI"],
    ["models:/airline", "Not a proper models:/ URI"],
    ["models://profile/airline/1", "Not a proper models:/ URI"],
    ["models:/@champion", "Not a proper models:/ URI"],
    ["dbfs:/a/../../b", "it must not contain '..'"],
    ["s3:bucket", "it must be of the form 's3://bucket/key'"],
    ["http://", "it is not a valid URL"],
  ])("rejects %j", (uri, problem) => {
    expect(() => parseArtifactUri(uri)).toThrow(problem);
  });

  test("throws only AppError, for any input", () => {
    const schemes = fc.constantFrom(
      "mlflow-artifacts:",
      "file:",
      "runs:",
      "models:",
      "dbfs:",
      "s3:",
      "http:",
      "",
    );
    fc.assert(
      fc.property(
        schemes,
        fc.constantFrom("", "/", "//", "///"),
        fc.string({ unit: "binary" }),
        (...parts) => {
          try {
            parseArtifactUri(parts.join(""));
          } catch (error) {
            expect(isAppError(error, "INVALID_PARAMETER_VALUE")).toBe(true);
          }
        },
      ),
    );
  });
});
