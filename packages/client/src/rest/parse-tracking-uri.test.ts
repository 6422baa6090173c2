import { expect, test } from "vitest";
import { parseTrackingUri } from "./rest-client.ts";

test.each([
  ["http://127.0.0.1:5000", { baseUrl: "http://127.0.0.1:5000" }],
  ["https://host/mlflow//", { baseUrl: "https://host/mlflow" }],
  ["https://me:p%40ss@host", { baseUrl: "https://host", username: "me", password: "p@ss" }],
])("reads %s", (uri, server) => {
  expect(parseTrackingUri(uri)).toEqual(server);
});

test.each(["", "localhost:5000", "sqlite:///mlflow.db", "./mlruns", "databricks"])("refuses %j", (uri) => {
  expect(() => parseTrackingUri(uri)).toThrow(
    `must begin with http:// or https://, got ${JSON.stringify(uri)}`,
  );
});
