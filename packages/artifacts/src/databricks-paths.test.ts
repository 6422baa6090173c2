import { expect, test } from "vitest";
import { filesRootOf } from "./databricks-paths.ts";

test.each([
  ["dbfs:/databricks/mlflow-tracking/1/r/artifacts", "WorkspaceInternal/Mlflow/Artifacts/1/Runs/r/artifacts"],
  [
    "dbfs:/databricks/mlflow-tracking/1/r/artifacts/a%20b/c",
    "WorkspaceInternal/Mlflow/Artifacts/1/Runs/r/artifacts/a%20b/c",
  ],
  [
    "dbfs:/databricks/mlflow-tracking/1/logged_models/m-1/artifacts",
    "WorkspaceInternal/Mlflow/Artifacts/1/LoggedModels/m-1/artifacts",
  ],
  [
    "dbfs:/databricks/mlflow-tracking/1/logged_models/m-1",
    "WorkspaceInternal/Mlflow/Artifacts/1/LoggedModels/m-1",
  ],
  ["dbfs:/Models/main/default/airline/3", "Models/main/default/airline/3"],
  ["dbfs:/databricks/mlflow/1/r/artifacts", undefined],
  ["dbfs:/databricks/mlflow-tracking/1", undefined],
  ["dbfs:/models/x", undefined],
])("the Files API root of %s", (uri, root) => {
  expect(filesRootOf(uri)).toBe(root);
});
