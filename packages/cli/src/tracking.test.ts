import { expect, test } from "vitest";
import { parseTrackingLocation } from "./tracking.ts";

test.each([
  [undefined, { kind: "embedded", dataDir: "data" }],
  ["", { kind: "embedded", dataDir: "data" }],
  ["http://host:5000", { kind: "server", trackingUri: "http://host:5000" }],
  ["https://user:pw@host/prefix", { kind: "server", trackingUri: "https://user:pw@host/prefix" }],
  ["databricks", { kind: "databricks", trackingUri: "databricks" }],
  ["databricks://staging", { kind: "databricks", trackingUri: "databricks://staging" }],
  ["./elsewhere", { kind: "embedded", dataDir: "./elsewhere" }],
  ["file:///srv/mlruns", { kind: "embedded", dataDir: "/srv/mlruns" }],
  ["sqlite:///x.db", { kind: "embedded", dataDir: "data", backendStoreUri: "sqlite:///x.db" }],
  [
    "postgresql+psycopg2://u:p@h/d",
    { kind: "embedded", dataDir: "data", backendStoreUri: "postgresql+psycopg2://u:p@h/d" },
  ],
])("%s", (uri, location) => {
  expect(parseTrackingLocation(uri, "data")).toEqual(location);
});

test("any other scheme is refused, with the supported ones in the message", () => {
  expect(() => parseTrackingLocation("ftp://host", "data")).toThrow(
    'tracking URI must be an http(s) address, a path, sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/DATABASE, got "ftp://host"',
  );
});
