import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../open-store.ts";
import { describeJobStore } from "../testing/describe-job-store.ts";

describeJobStore("JobStore on SQLite", async (clock) => {
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
});
