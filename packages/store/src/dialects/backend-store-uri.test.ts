import { describe, expect, test } from "vitest";
import { isPostgresUri, parsePostgresUri, sqlitePath, withoutPassword } from "./backend-store-uri.ts";

describe("parsePostgresUri", () => {
  test.each([
    ["postgresql://ana:secret@db.example:6543/flights", { host: "db.example", port: 6543 }],
    ["postgres://ana:secret@db.example:6543/flights", { host: "db.example", port: 6543 }],
    ["postgresql+psycopg2://ana:secret@db.example:6543/flights", { host: "db.example", port: 6543 }],
    ["postgresql://ana:secret@[::1]/flights", { host: "::1" }],
    ["postgresql://ana:secret@/flights?host=/run/postgresql", { host: "/run/postgresql" }],
  ])("reads %s as SQLAlchemy does", (uri, address) => {
    expect(isPostgresUri(uri)).toBe(true);
    const rest = { user: "ana", password: "secret", database: "flights", ssl: false };
    expect(parsePostgresUri(uri)).toEqual({ ...rest, ...address });
  });

  test("leaves out what is not there, and decodes what is", () => {
    expect(parsePostgresUri("postgresql://")).toEqual({ ssl: false });
    expect(parsePostgresUri("postgresql://a%40b:p%40s%2F%3A@h/d%20b")).toEqual({
      user: "a@b",
      password: "p@s/:",
      host: "h",
      database: "d b",
      ssl: false,
    });
    expect(parsePostgresUri("postgresql://a:p/q#r?s:t@h/d").password).toBe("p/q#r?s:t");
  });

  test("reads libpq's ways of encryption", () => {
    expect(parsePostgresUri("postgresql://h/d?sslmode=require").ssl).toEqual({ rejectUnauthorized: false });
    expect(parsePostgresUri("postgresql://h/d?sslmode=verify-full").ssl).toEqual({});
    expect(parsePostgresUri("postgresql://h/d?sslmode=prefer").ssl).toBe(false);
  });

  test.each([
    ["postgresql:ana:secret@h/d", "must be postgresql://user:password@host:port/database"],
    ["postgresql://ana:secret%zz@h/d", "must be postgresql://user:password@host:port/database"],
    ["postgresql://ana:secret@h:99999/d", "port must be 1..65535, got 99999"],
    ["postgresql://ana:secret@h/d?sslmode=maybe", "sslmode must be one of disable, allow"],
    [
      "postgresql://ana:secret@h/d?keepalives=1",
      "parameters may be host, port, sslmode, sslrootcert, got 'keepalives'",
    ],
    ["postgresql://h/d?sslmode=verify-ca&sslrootcert=/no/such.pem", "cannot read sslrootcert"],
  ])("refuses %s without repeating its password", (uri, message) => {
    expect(() => parsePostgresUri(uri)).toThrow(message);
    expect(() => parsePostgresUri(uri)).not.toThrow("secret");
  });

  test.each([
    ["postgresql://ana:s3/c:r@h:1/d", "postgresql://ana:***@h:1/d"],
    ["mysql://ana:s3@h/d", "mysql://ana:***@h/d"],
    ["postgresql:ana:secret@h/d", "postgresql:ana:***@h/d"],
    ["postgresql://h/d", "postgresql://h/d"],
    ["sqlite:////a/b.db", "sqlite:////a/b.db"],
  ])("shows %s as %s", (uri, shown) => {
    expect(withoutPassword(uri)).toBe(shown);
  });

  test("tells other databases apart", () => {
    expect(["sqlite:///a", "mysql://h", "postgresqlx://h", "postgres"].filter(isPostgresUri)).toEqual([]);
  });
});

test.each([
  ["sqlite:///relative.db", "relative.db"],
  ["sqlite:///a/b.db", "a/b.db"],
  ["sqlite:////absolute/c.db", "/absolute/c.db"],
])("reads %s as SQLAlchemy does", (uri, path) => {
  expect(sqlitePath(uri)).toBe(path);
});

test.each(["sqlite://", "sqlite:///", "sqlite:///:memory:", "postgresql://x/y", "store.db"])(
  "refuses %s",
  (uri) => {
    expect(() => sqlitePath(uri)).toThrow("must be sqlite:///relative.db or sqlite:////absolute.db");
  },
);
