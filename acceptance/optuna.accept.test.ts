import { MlflowClient } from "@flightdeck/client";
import { startTestServer, type TestServer, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runPython, stockPython } from "./run-python.ts";

const python = await stockPython();
const EXPERIMENT = "optuna";
const TRIAL_COUNT = 8;

type PrintedTrial = { readonly number: number; readonly state: string; readonly value: number | null };

describe.skipIf(python.missing)(
  `an Optuna study in MLflow's storage${python.missing ? ` (${python.reason})` : ""}`,
  () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startTestServer();
    });
    afterAll(() => server.close());

    test("is stored as runs, and another process reads the same study", async () => {
      const saw = await runPython({
        interpreter: valueOf(python),
        file: "optuna_study.py",
        args: [EXPERIMENT, String(TRIAL_COUNT)],
        trackingUri: server.url,
      });
      const trials = saw["study"] as readonly PrintedTrial[]; // As the script prints it.
      expect(saw["again"]).toEqual(trials);
      expect(saw["best_again"]).toBe(saw["best"]);
      expect(trials.map(({ number }) => number)).toEqual(Array.from({ length: TRIAL_COUNT }, (_, i) => i));
      expect(trials.map(({ state }) => state)).toEqual(
        trials.map(({ number }) => (number === 3 ? "PRUNED" : "COMPLETE")),
      );

      const client = new MlflowClient({ trackingUri: server.url });
      const { experimentId } = await client.getExperimentByName(EXPERIMENT);
      const { items } = await client.searchRuns({
        experimentIds: [experimentId],
        filter: `tags.mlflow.parentRunId = '${String(saw["study_run"])}'`,
      });
      expect(items.map(({ info }) => info.status).toSorted((a, b) => a.localeCompare(b))).toEqual([
        ...Array.from({ length: TRIAL_COUNT - 1 }, () => "FINISHED"),
        "KILLED",
      ]);
      const best = items.find(({ data }) =>
        data.tags.some(({ key, value }) => key === "numbers" && Number(value) === saw["best"]),
      );
      const value = best?.data.metrics.find(({ key }) => key === "value")?.value;
      expect(value).toBe(trials[Number(saw["best"])]?.value);
    });
  },
);
