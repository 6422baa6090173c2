import { type Clock, systemClock } from "@flightdeck/core";
import { part, startPostgres, valueOf } from "@flightdeck/testkit";
import { afterAll, describe } from "vitest";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { describeCallersStore } from "../testing/describe-callers-store.ts";
import { describeWorkspaceStore } from "../testing/describe-workspace-store.ts";

const postgres = await part("PostgreSQL", startPostgres);
afterAll(() => (postgres.missing ? undefined : postgres.value.close()));

describe.skipIf(postgres.missing)(`PostgreSQL${postgres.missing ? ` (${postgres.reason})` : ""}`, () => {
  const open = async (clock: Clock): Promise<Store> => {
    const backendStoreUri = await valueOf(postgres).createDatabase();
    return openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/", clock });
  };
  describeWorkspaceStore("WorkspaceStore on PostgreSQL", open);
  describeCallersStore("Store of one caller on PostgreSQL", () => open(systemClock));
});
