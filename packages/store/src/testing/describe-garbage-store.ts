import type { Clock } from "@flightdeck/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Garbage } from "../gc/garbage-store.ts";
import type { Store } from "../store.ts";
import { failure, makeRun, metric } from "./helpers.ts";
import { traceInfo } from "./trace-helpers.ts";

type GarbageTestStore = Pick<Store, "tracking" | "traces" | "garbage" | "close">;

/** Opens an empty store with the given clock. */
export type OpenGarbageStore = (clock: Clock) => Promise<GarbageTestStore>;

const HOUR_MS = 3_600_000;
/** Enough points for more than one delete step, some of them with the same step and time. */
const POINTS = 25_000;

/** Tests that every `GarbageStore` must pass. */
export function describeGarbageStore(name: string, open: OpenGarbageStore): void {
  describe(name, () => {
    const time = { nowMs: Date.UTC(2030, 0, 1) };
    let store: GarbageTestStore;
    beforeEach(async () => {
      store = await open({ nowMs: () => time.nowMs });
    });
    afterEach(() => store.close());
    runTests(() => store, time);
    namedTests(() => store, time);
    experimentTests(() => store);
  });
}

function runTests(store: () => GarbageTestStore, time: { nowMs: number }): void {
  test("hides a deleted run at once and does not change others", async () => {
    const { tracking, garbage } = store();
    const kept = await makeRun(tracking, "0", { name: "kept", metrics: { a: 1 }, params: { p: "1" } });
    const gone = await makeRun(tracking, "0", { name: "gone", metrics: { a: 2 }, params: { p: "1" } });
    const { runId } = gone.info;
    await tracking.deleteRun(runId);
    const found = await garbage.findGarbage();
    expect(found).toEqual([{ kind: "run", id: runId, artifactUri: gone.info.artifactUri }]);
    expect(await garbage.remove(found)).toEqual(found);
    expect(await failure(tracking.getRun(runId))).toContain("RESOURCE_DOES_NOT_EXIST");
    const search = { experimentIds: ["0"], runViewType: "ALL", filter: "metrics.a > 0" } as const;
    expect((await tracking.searchRuns(search)).items).toEqual([await tracking.getRun(kept.info.runId)]);
    expect(await garbage.listUnfinished()).toEqual(found);
    await garbage.finish(found);
    expect(await garbage.listUnfinished()).toEqual([]);
    expect(await garbage.findGarbage()).toEqual([]);
    expect(await tracking.getRun(kept.info.runId)).toEqual(kept);
  });

  test("deletes a long history in steps, and can be repeated", async () => {
    const { tracking, garbage } = store();
    const { runId } = (await makeRun(tracking, "0")).info;
    const points = Array.from({ length: POINTS }, (_, i) => metric("m", i, { step: i % 2 }));
    for (let at = 0; at < POINTS; at += 1000) {
      await tracking.logBatch({ runId, metrics: points.slice(at, at + 1000) });
    }
    await tracking.deleteRun(runId);
    const found = await garbage.findGarbage();
    expect(await garbage.remove(found)).toEqual(found);
    expect(await garbage.remove(found)).toEqual([]);
    await garbage.finish(found);
    await garbage.finish(found);
    expect(await garbage.listUnfinished()).toEqual([]);
  });

  test("keeps runs that were restored after they were found, or deleted too recently", async () => {
    const { tracking, garbage } = store();
    const [restored, young] = [await makeRun(tracking, "0"), await makeRun(tracking, "0")];
    await tracking.deleteRun(restored.info.runId);
    time.nowMs += HOUR_MS;
    await tracking.deleteRun(young.info.runId);
    const found = await garbage.findGarbage({ olderThanMs: HOUR_MS });
    expect(found.map(({ id }) => id)).toEqual([restored.info.runId]);
    await tracking.restoreRun(restored.info.runId);
    expect(await garbage.remove(found)).toEqual([]);
    expect((await tracking.getRun(restored.info.runId)).info.lifecycleStage).toBe("active");
  });

  test("removes a deleted logged model, and a removed run's metrics from other models", async () => {
    const { tracking, garbage } = store();
    const { runId } = (await makeRun(tracking, "0")).info;
    const model = async (): Promise<string> =>
      (await tracking.createLoggedModel({ experimentId: "0", sourceRunId: runId })).modelId;
    const [gone, kept] = [await model(), await model()];
    await tracking.logBatch({ runId, metrics: [metric("m", 1, { modelId: kept })] });
    await tracking.deleteLoggedModel(gone);
    await tracking.deleteRun(runId);
    const found = await garbage.findGarbage();
    expect(found.map(({ kind, id }) => `${kind} ${id}`)).toEqual([`run ${runId}`, `logged_model ${gone}`]);
    await garbage.finish(await garbage.remove(found));
    expect(await tracking.getLoggedModel(kept)).toMatchObject({ metrics: [] });
    const again = await failure(tracking.finalizeLoggedModel(gone, "LOGGED_MODEL_READY"));
    expect(again).toContain("not found");
  });
}

function namedTests(store: () => GarbageTestStore, time: { nowMs: number }): void {
  test("finds only the given ids, and reports why one cannot be removed", async () => {
    const { tracking, garbage } = store();
    const [one, two] = [await makeRun(tracking, "0"), await makeRun(tracking, "0")];
    const active = (await makeRun(tracking, "0")).info.runId;
    for (const { info } of [one, two]) await tracking.deleteRun(info.runId);
    const ids = async (...runIds: readonly string[]): Promise<readonly string[]> =>
      (await garbage.findGarbage({ runIds })).map(({ id }) => id);
    expect(await ids(two.info.runId)).toEqual([two.info.runId]);
    expect(await ids()).toEqual([]);
    expect(await failure(ids("absent"))).toBe("RESOURCE_DOES_NOT_EXIST: Run with id=absent not found");
    expect(await failure(ids(one.info.runId, active))).toContain(
      `INVALID_PARAMETER_VALUE: Run ${active} is not in the deleted lifecycle stage`,
    );
    const young = garbage.findGarbage({ runIds: [one.info.runId], olderThanMs: HOUR_MS });
    expect(await failure(young)).toContain("is not older than the required age");
    time.nowMs += HOUR_MS;
    expect(await failure(garbage.findGarbage({ experimentIds: ["0"] }))).toContain("Experiment 0 is not in");
  });
}

function experimentTests(store: () => GarbageTestStore): void {
  const makeDeleted = async (name: string): Promise<{ experimentId: string; runId: string }> => {
    const { tracking, traces } = store();
    const experimentId = await tracking.createExperiment({ name });
    const { runId } = (await makeRun(tracking, experimentId, { metrics: { a: 1 } })).info;
    await tracking.createLoggedModel({ experimentId });
    await traces.startTrace(traceInfo(`tr-${name}`, { experimentId }));
    await tracking.deleteExperiment(experimentId);
    return { experimentId, runId };
  };
  const kinds = (garbage: readonly Garbage[]): readonly string[] => garbage.map(({ kind }) => kind);

  test("removes a deleted experiment after its contents, which frees its name", async () => {
    const { tracking, garbage } = store();
    const { experimentId } = await makeDeleted("whole");
    const found = await garbage.findGarbage({ experimentIds: [experimentId] });
    expect(await garbage.findGarbage()).toEqual(found);
    expect(kinds(found)).toEqual(["run", "logged_model", "trace", "experiment"]);
    expect(found[2]?.artifactUri).toBe(`mlflow-artifacts:/${experimentId}/traces/tr-whole/artifacts`);
    expect(kinds(await garbage.remove(found.slice(3)))).toEqual([]);
    await garbage.finish(await garbage.remove(found));
    expect(await failure(tracking.getExperiment(experimentId))).toContain("RESOURCE_DOES_NOT_EXIST");
    expect(await tracking.createExperiment({ name: "whole" })).not.toBe(experimentId);
  });

  test("keeps an experiment as long as a run in it is active", async () => {
    const { tracking, garbage } = store();
    const { experimentId, runId } = await makeDeleted("partly");
    await tracking.restoreRun(runId);
    expect(await garbage.findGarbage()).toEqual([]);
    const named = garbage.findGarbage({ experimentIds: [experimentId] });
    expect(await failure(named)).toContain(`Experiment ${experimentId} has runs that are active`);
  });

  test("keeps an experiment and its contents if they are restored meanwhile", async () => {
    const { tracking, garbage } = store();
    const { experimentId } = await makeDeleted("back");
    const found = await garbage.findGarbage();
    await tracking.restoreExperiment(experimentId);
    expect(await garbage.remove(found)).toEqual([]);
  });
}
