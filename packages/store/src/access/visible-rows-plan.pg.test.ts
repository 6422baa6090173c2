import { part, startPostgres, valueOf } from "@flightdeck/testkit";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresDialect } from "../dialects/postgres-dialect.ts";
import { openStore } from "../open-store.ts";
import { visiblePage, type VisiblePlan } from "../testing/plan-parts.ts";

const postgres = await part("PostgreSQL", startPostgres);
afterAll(() => (postgres.missing ? undefined : postgres.value.close()));

const COUNT = 10_000;

describe.skipIf(postgres.missing)(
  `planVisibleRows on PostgreSQL${postgres.missing ? ` (${postgres.reason})` : ""}`,
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
        const few = await explain("few experiments");
        expect(few).toMatch(/Index (Only )?Scan using (grants_by_grantee|grants_pkey)/);
        expect(few).toContain("Index Scan using experiments_pkey");
        const versions = await explain("few versions");
        expect(versions).toMatch(/model_versions_\w+/);
        const many = await explain("many experiments");
        expect(many).toContain("experiments_by_creation");
        expect(many).not.toMatch(/Sort|Hash/);
        expect(many).toMatch(/SubPlan[^]*Index (Only )?Scan using (grants_by_grantee|grants_pkey)/);
        for (const plan of [few, versions, many]) expect(plan).not.toContain("Seq Scan");
      },
    );

    async function explain(plan: VisiblePlan): Promise<string> {
      const { sql, parameters } = visiblePage(plan, postgresDialect).compile(postgresDialect.builder);
      await client.query("SELECT set_config('enable_seqscan', 'off', false)");
      const answer = await client.query<{ readonly "QUERY PLAN": string }>(`EXPLAIN ${sql}`, [...parameters]);
      return answer.rows.map((row) => row["QUERY PLAN"]).join("\n");
    }
  },
);

const FILL: readonly string[] = [
  `INSERT INTO experiments (name, artifact_location, creation_time_ms, last_update_time_ms)
    SELECT 'e' || n, 'x:/' || n, n, n FROM generate_series(1, ${COUNT}) AS n`,
  `INSERT INTO registered_models (name, description, creation_time_ms, last_update_time_ms, last_version)
    SELECT 'm' || n, '', n, n, 0 FROM generate_series(1, ${COUNT}) AS n`,
  `INSERT INTO grants (resource_kind, resource_id, grantee_kind, grantee, level)
    SELECT kind, n, 'user', CASE WHEN n % 1000 = 0 THEN 'ana' ELSE 'bob' END, 'CAN_READ'
    FROM generate_series(1, ${COUNT}) AS n, (VALUES ('experiment'), ('registered-model')) AS kinds (kind)`,
];
