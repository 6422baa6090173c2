import { expect, test } from "vitest";
import { bodyOfServingExample, loggedModelIdOf, queryCommand, serveCommand } from "./serve-snippets.ts";

test("prints the serve command", () => {
  expect(serveCommand("models:/m-1")).toBe("flightdeck models serve -m models:/m-1 -p 55755");
  expect(serveCommand("models:/it's mine/1")).toBe(
    String.raw`flightdeck models serve -m 'models:/it'\''s mine/1' -p 55755`,
  );
});

test("prints a query with the model's own example", () => {
  const body = bodyOfServingExample('{\n "inputs": [[1, 2]]\n}');
  expect(body).toBe('{"inputs":[[1,2]]}');
  expect(queryCommand(body)).toContain(`-d '{"inputs":[[1,2]]}'`);
  expect(bodyOfServingExample("<html>")).toBeUndefined();
});

const id = `m-${"0123456789abcdef".repeat(2)}`;

test.each([
  [{ modelId: id, source: "s3://elsewhere" }, id],
  [{ source: `models:/${id}` }, id],
  [{ source: `mlflow-artifacts:/1/models/${id}/artifacts` }, id],
  [{ source: "mlflow-artifacts:/1/abc/artifacts/model" }, undefined],
  [{ source: "models:/name/3" }, undefined],
])("finds the model of %j", (version, modelId) => {
  expect(loggedModelIdOf(version)).toBe(modelId);
});
