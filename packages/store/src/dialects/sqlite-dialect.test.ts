import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { sqliteDialect } from "./sqlite-dialect.ts";

test("looks up the first row of each member, and does not read the table through", () => {
  const connection = new DatabaseSync(":memory:");
  connection.exec("CREATE TABLE points (run INTEGER, time INTEGER, PRIMARY KEY (run, time)) WITHOUT ROWID");
  connection.exec("INSERT INTO points VALUES (1, 10), (1, 20), (1, 30), (2, 25)");
  const lookUp = sqliteDialect.firstRowPerMember({
    members: sql`(SELECT value AS wanted FROM ${sqliteDialect.listOfIntegers(sql.val("[5, 12, 21, 28]"))} AS list) AS targets`,
    table: "points",
    columns: sql.raw("time"),
    among: sql`run = 1`,
    where: sql`time >= wanted`,
  });
  const { sql: text, parameters } = lookUp.compile(sqliteDialect.builder);
  const values = parameters as SQLInputValue[]; // The list is bound as text.
  expect(connection.prepare(text).all(...values)).toMatchObject([{ time: 10 }, { time: 20 }, { time: 30 }]);
  const [outer, inner] = connection.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...values);
  expect(outer?.["detail"]).toContain("SCAN json_each");
  expect(inner?.["detail"]).toBe("SEARCH points USING PRIMARY KEY (run=? AND time=?)");
  connection.close();
});
