import { SYSTEM_TAGS } from "@flightdeck/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../store.ts";
import { failure, makeRun } from "./helpers.ts";

/** Tests that every `RunTableStore` must pass. */
export function describeRunTableStore(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store;
    let experimentId: string;
    beforeAll(async () => {
      store = await open();
      experimentId = await store.tracking.createExperiment({ name: "table" });
    });
    afterAll(() => store.close());

    test("an outline lists the runs of a search in the same order, with their parents", async () => {
      const { tracking, runTable } = store;
      const made = await makeRun(tracking, experimentId, { name: "parent", startTimeMs: 1 });
      const parent = made.info.runId;
      const runIds = [parent];
      for (const [index, name] of ["a", "b", "c"].entries()) {
        const { info } = await makeRun(tracking, experimentId, {
          name,
          startTimeMs: 10 - index,
          metrics: { loss: index },
          params: { depth: String(index % 2), "a b": "x_y", mot: "Été" },
          tags: { [SYSTEM_TAGS.parentRunId]: parent },
        });
        runIds.push(info.runId);
      }
      const search = { experimentIds: [experimentId], runViewType: "ACTIVE_ONLY" as const };
      const byLoss = await runTable.outlineRuns({ ...search, orderBy: ["metrics.loss DESC"] });
      expect(byLoss.runs.map(({ runId }) => runIds.indexOf(runId))).toEqual([3, 2, 1, 0]);
      expect(byLoss.runs.map(({ parentRunId }) => parentRunId)).toEqual([parent, parent, parent, undefined]);
      expect(byLoss.isCut).toBe(false);

      const filtered = await runTable.outlineRuns({ ...search, filter: "metrics.loss < 1" });
      expect(filtered.runs).toEqual([{ runId: runIds[1], parentRunId: parent }]);
      await tracking.deleteRun(runIds[1] ?? "");
      expect((await runTable.outlineRuns({ ...search, filter: "metrics.loss < 1" })).runs).toEqual([]);
      expect(await failure(runTable.outlineRuns({ ...search, filter: "metrics.loss <" }))).toContain(
        "INVALID_PARAMETER_VALUE",
      );
    });

    test("keys are listed by kind, and values by the number of runs that have them", async () => {
      const { runTable } = store;
      const keys = await runTable.listRunKeys([experimentId]);
      expect(keys.metrics).toEqual(["loss"]);
      expect(keys.params).toEqual(["a b", "depth", "mot"]);
      expect(keys.tags).toContain(SYSTEM_TAGS.parentRunId);
      const values = (key: string, contains = ""): Promise<unknown> =>
        runTable.listRunValues({ experimentIds: [experimentId], kind: "params", key, contains });
      expect(await values("depth")).toEqual([
        { value: "0", runCount: 2 },
        { value: "1", runCount: 1 },
      ]);
      expect(await values("depth", "1")).toEqual([{ value: "1", runCount: 1 }]);
      expect(await values("a b", "X_")).toEqual([{ value: "x_y", runCount: 3 }]);
      expect(await values("a b", "%")).toEqual([]);
      expect(await values("mot", "Ét")).toEqual([{ value: "Été", runCount: 3 }]);
      expect(await values("loss")).toEqual([]);
      expect(await runTable.listRunKeys(["999999"])).toEqual({ metrics: [], params: [], tags: [] });
    });
  });
}
