import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sqliteDialect } from "../dialects/sqlite-dialect.ts";
import { openStore } from "../open-store.ts";
import { visiblePage, type VisiblePlan } from "../testing/plan-parts.ts";

let folder = "";
let connection: DatabaseSync;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "flightdeck-plan-"));
  const file = join(folder, "store.db");
  await (await openStore({ backendStoreUri: `sqlite:///${file}`, defaultArtifactRoot: "x:/" })).close();
  connection = new DatabaseSync(file);
});
afterAll(() => {
  connection.close();
  rmSync(folder, { recursive: true });
});

const OF_GRANTEE =
  "SEARCH grants USING COVERING INDEX grants_by_grantee (grantee_kind=? AND grantee=? AND resource_kind=?)";

describe("planVisibleRows on SQLite", () => {
  test("starts from the grants when few resources were granted, looking each up by id", () => {
    const plan = explain("few experiments");
    expect(plan).toContain(OF_GRANTEE);
    expect(plan).toContain("SEARCH experiments USING INTEGER PRIMARY KEY (rowid=?)");
    expect(plan).not.toContain("SCAN experiments");
  });

  test("looks up versions by model when few models were granted", () => {
    const plan = explain("few versions");
    expect(plan).toContain(OF_GRANTEE);
    expect(plan).toMatch(/SEARCH model_versions USING (COVERING )?INDEX \S+ \(model_id=\?\)/);
  });

  test("reads resources in order and checks the grants of each when many were granted", () => {
    const plan = explain("many experiments");
    expect(plan).toMatch(/SCAN experiments USING (COVERING )?INDEX experiments_by_creation/);
    expect(plan).toContain(
      "SEARCH grants USING PRIMARY KEY (resource_kind=? AND resource_id=? AND grantee_kind=? AND grantee=?)",
    );
    expect(plan).not.toContain("ORDER BY");
  });
});

function explain(plan: VisiblePlan): string {
  const { sql, parameters } = visiblePage(plan, sqliteDialect).compile(sqliteDialect.builder);
  const rows = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(parameters as SQLInputValue[]));
  return rows.map(({ detail }) => detail).join("\n");
}
