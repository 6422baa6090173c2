import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sqliteDialect } from "../dialects/sqlite-dialect.ts";
import { openStore } from "../open-store.ts";
import { pageSql } from "../search/search-page.ts";
import { planParts } from "../testing/plan-parts.ts";

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

describe("planRunSearch on SQLite", () => {
  test("reads the default order from an index and tests filters by primary key", () => {
    const [plan = ""] = explain("metrics.a > 1 OR params.b = 'x'", [], 5000);
    expect(plan).toContain("SEARCH runs USING COVERING INDEX runs_by_start (experiment_id=?)");
    expect(plan).toContain("SEARCH latest_metrics USING PRIMARY KEY (run_id=? AND key_id=?)");
    expect(plan).not.toContain("TEMP B-TREE");
  });

  test("starts the next page at its position in the index", () => {
    const [plan = ""] = explain("", [], 0, [9, "run"]);
    expect(plan).toContain("USING COVERING INDEX runs_by_start (experiment_id=? AND start_time_ms<?)");
  });

  test("starts from a comparison that few runs match", () => {
    const [plan = "", ...others] = explain("metrics.a > 1 AND params.b = 'x'", [], 3);
    expect(plan).toMatch(
      /SEARCH (params USING .*params_by_value|latest_metrics USING .*latest_metrics_by_value)/,
    );
    expect(plan).toContain("SEARCH runs USING INTEGER PRIMARY KEY");
    expect(others).toEqual([]);
  });

  test("lists the runs that match a fairly rare comparison and skips the others in order", () => {
    const [plan = ""] = explain("metrics.a > 1 AND params.b = 'x'", ["metrics.a DESC"], 5000);
    expect(plan).toContain(
      "SEARCH ordering USING COVERING INDEX latest_metrics_by_value (key_id=? AND is_nan=? AND value>?)",
    );
    expect(plan).toContain("LIST SUBQUERY");
    expect(plan).toMatch(
      /SEARCH (params USING .*params_by_value|latest_metrics USING .*latest_metrics_by_value)/,
    );
  });

  test("starts from a run name", () => {
    const [plan = ""] = explain("attributes.run_name = 'x'", [], 1);
    expect(plan).toContain("SEARCH runs USING COVERING INDEX runs_by_name (experiment_id=? AND name=?)");
    expect(plan).toContain("SEARCH runs USING INTEGER PRIMARY KEY");
  });

  test.each([
    ["attributes.run_name DESC", ["runs_by_name (experiment_id=?)"]],
    [
      "attributes.end_time",
      ["runs_by_end (experiment_id=? AND end_time_ms>?)", "runs_by_start (experiment_id=?)"],
    ],
    ["attributes.status", Array.from({ length: 5 }, () => "runs_by_status (experiment_id=? AND status=?)")],
  ])("reads the order %s from an index", (order, indexes) => {
    const plans = explain("", [order], 5000);
    expect(plans).toEqual(indexes.map((index) => expect.stringContaining(index)));
    for (const plan of plans) expect(plan).not.toContain("USE TEMP B-TREE FOR ORDER BY");
  });

  test("uses the index of the order even if a filter has an index too", () => {
    const [plan = ""] = explain("attributes.start_time > 5", ["attributes.end_time"], 20_000);
    expect(plan).toContain("SEARCH runs USING INDEX runs_by_end");
  });

  test("reads an order by a metric from its index, then runs with NaN, then runs without the metric", () => {
    const [present = "", nan = "", absent = "", ...others] = explain("", ["metrics.a DESC"], 5000);
    expect(present).toContain(
      "SEARCH ordering USING COVERING INDEX latest_metrics_by_value (key_id=? AND is_nan=?)",
    );
    expect(present).toContain("USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY");
    expect(nan).toContain(
      "SEARCH ordering USING COVERING INDEX latest_metrics_by_value (key_id=? AND is_nan=?)",
    );
    expect(absent).toContain("runs_by_start");
    expect(others).toEqual([]);
  });
});

/** SQLite's query plan for each part, if `count` runs match each comparison. */
function explain(
  filter: string,
  orderBy: readonly string[],
  count: number,
  after?: (string | number)[],
): string[] {
  return planParts({ filter, orderBy, count }).map((part) => {
    const { sql, parameters } = pageSql(part(sqliteDialect), { limit: 100, after }).compile(
      sqliteDialect.builder,
    );
    const rows = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(parameters as SQLInputValue[]));
    return rows.map(({ detail }) => detail).join("\n");
  });
}
