import { expect, it } from "vitest";
import { sqlitePath } from "./sqlite-uri.ts";

it.each([
  ["sqlite:///relative.db", "relative.db"],
  ["sqlite:///a/b.db", "a/b.db"],
  ["sqlite:////absolute/c.db", "/absolute/c.db"],
])("reads %s as SQLAlchemy does", (uri, path) => {
  expect(sqlitePath(uri)).toBe(path);
});

it.each(["sqlite://", "sqlite:///", "sqlite:///:memory:", "postgresql://x/y", "store.db"])(
  "refuses %s",
  (uri) => {
    expect(() => sqlitePath(uri)).toThrow("must be sqlite:///relative.db or sqlite:////absolute.db");
  },
);
