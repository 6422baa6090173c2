import { part, startPostgres, valueOf } from "@flightdeck/testkit";
import { afterAll, describe } from "vitest";
import { openStore } from "../open-store.ts";
import { describeGarbageStore } from "../testing/describe-garbage-store.ts";

const postgres = await part("PostgreSQL", startPostgres);
afterAll(() => (postgres.missing ? undefined : postgres.value.close()));

describe.skipIf(postgres.missing)(`PostgreSQL${postgres.missing ? ` (${postgres.reason})` : ""}`, () => {
  describeGarbageStore("GarbageStore on PostgreSQL", async (clock) => {
    const backendStoreUri = await valueOf(postgres).createDatabase();
    return openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/", clock });
  });
});
