import { type Clock, systemClock } from "@flightdeck/core";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { describeCallersStore } from "../testing/describe-callers-store.ts";
import { describeWorkspaceStore } from "../testing/describe-workspace-store.ts";

describeWorkspaceStore("WorkspaceStore on SQLite", open);
describeCallersStore("Store of one caller on SQLite", () => open(systemClock));

async function open(clock: Clock): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-store-"));
  const backendStoreUri = `sqlite:///${join(folder, "store.db")}`;
  const store = await openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/", clock });
  return {
    ...store,
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}
