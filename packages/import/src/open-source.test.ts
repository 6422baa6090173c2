import { expect, test } from "vitest";
import { parseSourceUri } from "./open-source.ts";

test.each([
  ["http://host:5000", { kind: "server", uri: "http://host:5000" }],
  ["HTTPS://host", { kind: "server", uri: "HTTPS://host" }],
  ["postgresql+psycopg2://u:p@h/db", { kind: "postgres", uri: "postgresql+psycopg2://u:p@h/db" }],
  ["postgres://h/db", { kind: "postgres", uri: "postgres://h/db" }],
  ["sqlite:///mlflow.db", { kind: "sqlite", file: "mlflow.db" }],
  ["sqlite:////srv/mlflow.db", { kind: "sqlite", file: "/srv/mlflow.db" }],
  ["sqlite+pysqlite:///a.db?timeout=5", { kind: "sqlite", file: "a.db" }],
  ["file:///srv/a%20b", { kind: "path", path: "/srv/a b" }],
  ["file:////srv/mlruns", { kind: "path", path: "/srv/mlruns" }],
  ["mlruns", { kind: "path", path: "mlruns" }],
  ["./a:b", { kind: "path", path: "./a:b" }],
])("reads %s", (uri, parsed) => {
  expect(parseSourceUri(uri)).toEqual(parsed);
});

test.each(["", "mysql://u:secret@h/db", "databricks:x", "sqlite:", "sqlite://", "file://host/x"])(
  "rejects %j without showing a password",
  (uri) => {
    expect(() => parseSourceUri(uri)).toThrow(expect.objectContaining({ code: "INVALID_PARAMETER_VALUE" }));
    expect(() => parseSourceUri(uri)).not.toThrow(/secret/);
  },
);
