import { part, startPostgres, valueOf } from "@flightdeck/testkit";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { countSource } from "../run/count-source.ts";
import { importWorkspace } from "../run/import-workspace.ts";
import { openSource } from "../open-source.ts";
import { openTarget, type TestTarget } from "../testing/open-target.ts";
import { mlflowPython, runMlflow } from "../testing/mlflow-fixtures.ts";

const postgres = await part("PostgreSQL", startPostgres);
const python = await mlflowPython("3.17.2");
const missing = [postgres, python].flatMap((each) => (each.missing ? [each.reason] : []));
afterAll(() => (postgres.missing ? undefined : postgres.value.close()));

describe.skipIf(missing.length > 0)(
  `MLflow's database on PostgreSQL${missing.length > 0 ? ` (${missing.join("; ")})` : ""}`,
  () => {
    let uri: string;
    let target: TestTarget;
    beforeAll(async () => {
      uri = await valueOf(postgres).createDatabase();
      const script = { interpreter: valueOf(python), file: "make_source.py", cwd: "/" };
      await runMlflow({ ...script, args: [forSqlAlchemy(uri), "mlflow-artifacts:"] });
    });
    beforeEach(async () => {
      target = await openTarget();
    });
    afterEach(() => target.close());

    test("is imported completely, by one import or several", async () => {
      const source = await openSource(forSqlAlchemy(uri), { artifacts: target.folder });
      const first = await importWorkspace(source, target);
      expect(first.target).toEqual(first.source);
      expect(first.source).toMatchObject({
        runs: 5,
        "metric points": 45,
        "dataset inputs": 1,
        "logged models": 2,
        "model versions": 3,
      });
      expect(await importWorkspace(source, target)).toEqual(first);
      expect((await countSource(source)).counts).toEqual(first.source);
      await source.close();
      const experiment = await target.store.tracking.findExperimentByName("airline");
      const { items } = await target.store.tracking.searchRuns({
        experimentIds: [experiment?.experimentId ?? ""],
        runViewType: "ALL",
        filter: "attributes.run_name = 'parent'",
      });
      const metrics = items[0]?.data.metrics.map(({ key, value, step }) => [key, value, step]);
      expect(metrics).toEqual([
        ["auc", 0.75, 2],
        ["endless", -Number.MAX_VALUE, 3],
        ["loss", 1 / 40, 39],
        ["not a number", Number.NaN, 3],
        ["val/accuracy", 0.5, -1],
      ]);
    });

    test("is identified without its password, and does not block writers", async () => {
      const source = await openSource(uri, { artifacts: target.folder });
      expect(source.identity).toBe(`postgresql://${new URL(uri).host}${new URL(uri).pathname}`);
      const writer = new Client({ connectionString: uri });
      await writer.connect();
      const before = (await countSource(source)).counts.tags;
      const key = `late ${before}`;
      await writer.query(
        `INSERT INTO tags (run_uuid, key, value) SELECT run_uuid, $1, '' FROM runs LIMIT 1`,
        [key],
      );
      expect((await countSource(source)).counts.tags).toBe(before);
      await source.close();
      await writer.query("DELETE FROM tags WHERE key = $1", [key]);
      await writer.end();
    });

    test("rejects another program's database", async () => {
      const other = await valueOf(postgres).createDatabase();
      await expect(openSource(other)).rejects.toThrow("is not an MLflow tracking database");
      const wrong = other.replace(/:[^:@]*@/, ":wrong@");
      await expect(openSource(wrong)).rejects.toThrow(
        /cannot open the database .*password authentication failed/,
      );
    });
  },
);

/** The URI with the installed driver. */
function forSqlAlchemy(uri: string): string {
  return uri.replace("postgresql:", "postgresql+psycopg2:");
}
