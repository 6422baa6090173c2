import { part, startPostgres, valueOf } from "@flightdeck/testkit";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresDialect } from "../dialects/postgres-dialect.ts";
import { openStore } from "../open-store.ts";
import { pageSql } from "../search/search-page.ts";
import { type PlannedSearch, planParts } from "../testing/plan-parts.ts";

const postgres = await part("PostgreSQL", startPostgres);
afterAll(() => (postgres.missing ? undefined : postgres.value.close()));

/** Enough that PostgreSQL prefers an index to a table scan. */
const RUNS = 20_000;

describe.skipIf(postgres.missing)(
  `planRunSearch on PostgreSQL${postgres.missing ? ` (${postgres.reason})` : ""}`,
  () => {
    let client: pg.Client;
    beforeAll(async () => {
      const backendStoreUri = await valueOf(postgres).createDatabase();
      await (await openStore({ backendStoreUri, defaultArtifactRoot: "x:/" })).close();
      client = new pg.Client({ connectionString: backendStoreUri });
      await client.connect();
      for (const statement of FILL) await client.query(statement);
    });
    afterAll(() => client.end());

    test.each([[false], [true]])(
      "reads only the rows it needs (with statistics: %s)",
      async (hasStatistics) => {
        if (hasStatistics) await client.query("ANALYZE");

        const [byStart = ""] = await explain({ filter: "metrics.a > 1 OR params.b = 'x'", count: 5000 });
        expect(byStart).toMatch(/Index (Only )?Scan using runs_by_start/);
        expect(byStart).not.toContain("Sort Key");

        const [few = "", ...others] = await explain({
          filter: "params.b = '77' AND metrics.a > 0",
          count: 3,
        });
        expect(few).toMatch(/Scan (using|on) params_by_value|Scan (using|on) latest_metrics_by_value/);
        expect(few).toContain("Index Scan using runs_pkey");
        expect(few).not.toMatch(/Scan (using|on) runs_by_start/);
        expect(others).toEqual([]);

        const [present = "", nan = ""] = await explain({ orderBy: ["metrics.a DESC"], count: 5000 });
        expect(present).toMatch(/Scan (Backward )?using latest_metrics_by_value/);
        expect(nan).toContain("latest_metrics_by_value");

        const [byText = ""] = await explain({ orderBy: ["params.b"], count: 5000 });
        expect(byText).toMatch(/Scan (using|on) params_by_value/);
        if (hasStatistics) expect(byText).toContain("Presorted Key");

        const [byName = ""] = await explain({ orderBy: ["attributes.run_name"], count: 5000 });
        if (hasStatistics) expect(byName).toMatch(/Scan (using|on) runs_by_name/);
        const byStatus = await explain({ orderBy: ["attributes.status DESC"], count: 5000 });
        expect(byStatus.length).toBe(5);
        const byEnd = await explain({ orderBy: ["attributes.end_time"], count: 5000 });
        expect(byEnd.length).toBe(2);

        for (const plan of [byStart, few, present, nan, byText, byName])
          expect(plan).not.toContain("Seq Scan");
      },
    );

    /** PostgreSQL's query plan for each part. */
    async function explain(search: PlannedSearch): Promise<readonly string[]> {
      const plans: string[] = [];
      for (const planPart of planParts(search)) {
        const page = pageSql(planPart(postgresDialect), { limit: 100, after: undefined });
        const { sql, parameters } = page.compile(postgresDialect.builder);
        const answer = await client.query<{ readonly "QUERY PLAN": string }>(`EXPLAIN ${sql}`, [
          ...parameters,
        ]);
        plans.push(answer.rows.map((row) => row["QUERY PLAN"]).join("\n"));
      }
      return plans;
    }
  },
);

const EXPERIMENT =
  "INSERT INTO experiments (id, name, artifact_location, creation_time_ms, last_update_time_ms)";
const FILL: readonly string[] = [
  `${EXPERIMENT} VALUES (1, 'one', 'x:/', 0, 0)`,
  "INSERT INTO keys (id, experiment_id, key) VALUES (1, 1, 'a'), (2, 1, 'b')",
  `INSERT INTO runs (id, run_uuid, experiment_id, name, user_id, status, start_time_ms, artifact_uri)
    SELECT n, md5(n::text), 1, 'run ' || n, '', 'FINISHED', n, '' FROM generate_series(1, ${RUNS}) AS n`,
  `INSERT INTO latest_metrics (run_id, key_id, value, is_nan, step, timestamp_ms)
    SELECT n, 1, sin(n), 0, 0, 0 FROM generate_series(1, ${RUNS}) AS n`,
  `INSERT INTO params (run_id, key_id, value) SELECT n, 2, (n % 500)::text FROM generate_series(1, ${RUNS}) AS n`,
];
