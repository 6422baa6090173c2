import { expect, it } from "vitest";
import { loggedModelIdOf } from "./logged-model-of.ts";

const id = `m-${"0123456789abcdef".repeat(2)}`;

it.each([
  [{ modelId: id, source: "s3://elsewhere" }, id],
  [{ source: `models:/${id}` }, id],
  [{ source: `mlflow-artifacts:/1/models/${id}/artifacts` }, id],
  [{ source: "mlflow-artifacts:/1/abc/artifacts/model" }, undefined],
  [{ source: "models:/name/3" }, undefined],
])("finds the model of %j", (version, modelId) => {
  expect(loggedModelIdOf(version)).toBe(modelId);
});
