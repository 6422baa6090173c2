import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TrackingStore } from "../tracking/tracking-store.ts";
import { failure, makeRun, type OpenTestStore, searchNames, type TestStore, texts } from "./helpers.ts";
import { loggedModelTests } from "./logged-model-tests.ts";
import { loggingTests } from "./logging-tests.ts";
import { modelTests } from "./model-tests.ts";
import { searchRunsTests } from "./search-runs-tests.ts";

/** Tests that every `TrackingStore` must pass. */
export function describeTrackingStore(name: string, open: OpenTestStore): void {
  describe(name, () => {
    let store: TestStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());
    const tracking = (): TestStore["tracking"] => store.tracking;
    describe("experiments", () => experimentTests(tracking));
    describe("runs", () => runTests(tracking));
    describe("logging", () => loggingTests(tracking));
    describe("searchRuns", () => searchRunsTests(tracking));
    describe("logged models", () => loggedModelTests(tracking));
    describe("random operations", () => modelTests(tracking));
  });
}

function experimentTests(tracking: () => TrackingStore): void {
  test("include the default experiment from the start", async () => {
    expect(await tracking().getExperiment("0")).toMatchObject({
      experimentId: "0",
      name: "Default",
      artifactLocation: "mlflow-artifacts:/0",
      lifecycleStage: "active",
    });
  });

  test("keeps all fields", async () => {
    const id = await tracking().createExperiment({
      name: "kept",
      artifactLocation: "s3://bucket/path",
      tags: texts({ b: "2", a: "1" }),
    });
    const experiment = await tracking().getExperiment(id);
    expect(experiment).toMatchObject({
      name: "kept",
      artifactLocation: "s3://bucket/path",
      tags: texts({ a: "1", b: "2" }),
    });
    expect(await tracking().findExperimentByName("kept")).toEqual(experiment);
    expect(await tracking().findExperimentByName("no such")).toBeUndefined();
  });

  test("puts artifacts under the root by id", async () => {
    const id = await tracking().createExperiment({ name: "located" });
    expect((await tracking().getExperiment(id)).artifactLocation).toBe(`mlflow-artifacts:/${id}`);
  });

  test("refuses invalid names with MLflow's messages", async () => {
    await tracking().createExperiment({ name: "taken" });
    expect(await failure(tracking().createExperiment({ name: "taken" }))).toContain(
      "RESOURCE_ALREADY_EXISTS: Experiment(name=taken) already exists.",
    );
    expect(await failure(tracking().createExperiment({ name: "" }))).toContain(
      "INVALID_PARAMETER_VALUE: Missing value for required parameter 'name'.",
    );
    expect(await failure(tracking().createExperiment({ name: "x".repeat(501) }))).toContain(
      "'name' exceeds the maximum length of 500 characters",
    );
    expect(await failure(tracking().createExperiment({ name: "r", artifactLocation: "runs:/1" }))).toContain(
      "Artifact location cannot be a runs:/ URI. Given: 'runs:/1'",
    );
  });

  test("says what is absent in MLflow's words", async () => {
    expect(await failure(tracking().getExperiment("123456"))).toBe(
      "RESOURCE_DOES_NOT_EXIST: No Experiment with id=123456 exists",
    );
    expect(await failure(tracking().getExperiment("abc"))).toBe(
      "INVALID_PARAMETER_VALUE: Invalid experiment ID 'abc'. Experiment ID must be a valid integer.",
    );
  });

  test("deletes and restores an experiment with its runs", async () => {
    const id = await tracking().createExperiment({ name: "deleted" });
    await makeRun(tracking(), id, { name: "r" });
    await tracking().deleteExperiment(id);
    expect((await tracking().getExperiment(id)).lifecycleStage).toBe("deleted");
    expect(await searchNames(tracking(), { experimentIds: [id] })).toEqual([]);
    expect(await searchNames(tracking(), { experimentIds: [id], runViewType: "DELETED_ONLY" })).toEqual([
      "r",
    ]);
    expect(await failure(tracking().createRun({ experimentId: id }))).toBe(
      `INVALID_PARAMETER_VALUE: The experiment ${id} must be in the 'active' state. Current state is deleted.`,
    );
    expect(await failure(tracking().renameExperiment(id, "other"))).toBe(
      "INVALID_STATE: Cannot rename a non-active experiment.",
    );
    expect(await failure(tracking().deleteExperiment(id))).toContain(`No Experiment with id=${id} exists`);
    await tracking().restoreExperiment(id);
    expect(await searchNames(tracking(), { experimentIds: [id] })).toEqual(["r"]);
    expect(await failure(tracking().restoreExperiment(id))).toContain(`No Experiment with id=${id} exists`);
  });

  test("renames experiments and keeps names unique", async () => {
    const id = await tracking().createExperiment({ name: "before" });
    await tracking().createExperiment({ name: "other" });
    await tracking().renameExperiment(id, "after");
    expect((await tracking().getExperiment(id)).name).toBe("after");
    expect(await failure(tracking().renameExperiment(id, "other"))).toContain("RESOURCE_ALREADY_EXISTS");
  });

  test("sets and deletes tags", async () => {
    const id = await tracking().createExperiment({ name: "tagged" });
    await tracking().setExperimentTag(id, { key: "k", value: "1" });
    await tracking().setExperimentTag(id, { key: "k", value: "2" });
    expect((await tracking().getExperiment(id)).tags).toEqual(texts({ k: "2" }));
    await tracking().deleteExperimentTag(id, "k");
    expect((await tracking().getExperiment(id)).tags).toEqual([]);
    expect(await failure(tracking().deleteExperimentTag(id, "k"))).toBe(
      `RESOURCE_DOES_NOT_EXIST: No tag with name: k in experiment with id ${id}`,
    );
    expect(await failure(tracking().setExperimentTag(id, { key: "k", value: "x".repeat(20_001) }))).toContain(
      "'value' exceeds the maximum length of 20000 characters",
    );
  });

  test("searches with a filter, an order and pages", async () => {
    for (const [index, name] of ["s-a", "s-b", "s-c"].entries()) {
      await tracking().createExperiment({ name, tags: texts({ group: "s", index: String(index) }) });
    }
    const search = async (filter: string, orderBy: readonly string[]): Promise<readonly string[]> => {
      const names: string[] = [];
      let pageToken: string | undefined;
      do {
        const page = await tracking().searchExperiments({
          viewType: "ACTIVE_ONLY",
          filter,
          orderBy,
          maxResults: 2,
          pageToken,
        });
        names.push(...page.items.map(({ name }) => name));
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined);
      return names;
    };
    expect(await search("tags.group = 's'", ["name ASC"])).toEqual(["s-a", "s-b", "s-c"]);
    expect(await search("tags.group = 's'", ["name DESC"])).toEqual(["s-c", "s-b", "s-a"]);
    expect(await search("tags.group = 's' AND tags.index != '1'", ["name"])).toEqual(["s-a", "s-c"]);
    expect(await search("name LIKE 's-%' AND NOT tags.index IN ('0')", ["name"]).catch(String)).toContain(
      "Invalid comparator 'IN'",
    );
    expect(await search("name ILIKE 'S-_' AND (tags.index = '0' OR tags.index = '2')", ["name"])).toEqual([
      "s-a",
      "s-c",
    ]);
    expect(await search("name LIKE 'S-%'", ["name"])).toEqual([]);
    expect(await search("tags.group = 's' AND creation_time < 5", [])).toEqual([]);
    const [first] = (await tracking().searchExperiments({ viewType: "ALL", filter: "name = 's-a'" })).items;
    expect(await search(`experiment_id = '${first?.experimentId}'`, [])).toEqual(["s-a"]);
    expect(await search(`experiment_id IN ('${first?.experimentId}')`, [])).toEqual(["s-a"]);
  });

  test("refuses page sizes out of range", async () => {
    expect(await failure(tracking().searchExperiments({ viewType: "ALL", maxResults: 0 }))).toBe(
      "INVALID_PARAMETER_VALUE: Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer",
    );
    expect(await failure(tracking().searchExperiments({ viewType: "ALL", maxResults: 50_001 }))).toContain(
      "It must be at most 50000",
    );
  });
}

function runTests(tracking: () => TrackingStore): void {
  test("keeps all fields", async () => {
    const { info, data } = await tracking().createRun({
      experimentId: "0",
      userId: "ana",
      runName: "first",
      startTimeMs: 5,
      tags: texts({ k: "v" }),
    });
    expect(info).toEqual({
      runId: expect.stringMatching(/^[0-9a-f]{32}$/),
      runName: "first",
      experimentId: "0",
      userId: "ana",
      status: "RUNNING",
      startTimeMs: 5,
      artifactUri: `mlflow-artifacts:/0/${info.runId}/artifacts`,
      lifecycleStage: "active",
    });
    expect(data).toEqual({ metrics: [], params: [], tags: texts({ k: "v", "mlflow.runName": "first" }) });
    expect((await tracking().getRun(info.runId)).info).toEqual(info);
  });

  test("takes a run's name from its tag or generates one, and copies it into the tag", async () => {
    const tagged = await tracking().createRun({
      experimentId: "0",
      tags: texts({ "mlflow.runName": "by tag" }),
    });
    expect(tagged.info.runName).toBe("by tag");
    const { info, data } = await tracking().createRun({ experimentId: "0" });
    expect(info.runName).toMatch(/^[a-z]+-[a-z]+-\d+$/);
    expect(info.runName.length).toBeLessThanOrEqual(20);
    expect(data.tags).toEqual(texts({ "mlflow.runName": info.runName }));
    expect(
      await failure(
        tracking().createRun({ experimentId: "0", runName: "a", tags: texts({ "mlflow.runName": "b" }) }),
      ),
    ).toBe(
      "INVALID_PARAMETER_VALUE: Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='a', mlflow.runName='b').",
    );
  });

  test("updates status, end time and name, and keeps fields that are not given", async () => {
    const { info } = await makeRun(tracking(), "0", { name: "old" });
    expect(await tracking().updateRun({ runId: info.runId, status: "FINISHED", endTimeMs: 9 })).toEqual({
      ...info,
      status: "FINISHED",
      endTimeMs: 9,
    });
    expect(await tracking().updateRun({ runId: info.runId, runName: "new" })).toMatchObject({
      status: "FINISHED",
      endTimeMs: 9,
      runName: "new",
    });
    expect((await tracking().getRun(info.runId)).data.tags).toEqual(texts({ "mlflow.runName": "new" }));
    await tracking().setTag(info.runId, { key: "mlflow.runName", value: "newer" });
    expect((await tracking().getRun(info.runId)).info.runName).toBe("newer");
  });

  test("deletes and restores runs, and refuses writes to a deleted run", async () => {
    const { info } = await makeRun(tracking(), "0");
    await tracking().deleteRun(info.runId);
    expect((await tracking().getRun(info.runId)).info.lifecycleStage).toBe("deleted");
    const refusal = `INVALID_PARAMETER_VALUE: The run ${info.runId} must be in the 'active' state. Current state is deleted.`;
    expect(await failure(tracking().updateRun({ runId: info.runId, status: "KILLED" }))).toBe(refusal);
    expect(await failure(tracking().setTag(info.runId, { key: "k", value: "v" }))).toBe(refusal);
    expect(await failure(tracking().logBatch({ runId: info.runId }))).toBe(refusal);
    await tracking().restoreRun(info.runId);
    await tracking().setTag(info.runId, { key: "k", value: "v" });
  });

  test("says what is absent in MLflow's words", async () => {
    const absent = "f".repeat(32);
    const words = `RESOURCE_DOES_NOT_EXIST: Run with id=${absent} not found`;
    expect(await failure(tracking().getRun(absent))).toBe(words);
    expect(await failure(tracking().deleteRun(absent))).toBe(words);
    expect(await failure(tracking().logMetric(absent, { key: "m", value: 1, step: 0, timestampMs: 0 }))).toBe(
      words,
    );
    expect(await failure(tracking().createRun({ experimentId: "999999" }))).toBe(
      "RESOURCE_DOES_NOT_EXIST: No Experiment with id=999999 exists",
    );
  });

  test("keeps datasets, model inputs and outputs", async () => {
    const { info } = await makeRun(tracking(), "0");
    const dataset = { name: "flights", digest: "d1", sourceType: "local", source: "{}", schema: "{}" };
    const input = { dataset, tags: texts({ "mlflow.data.context": "train" }) };
    await tracking().logInputs(info.runId, [input], [{ modelId: "m-1" }]);
    await tracking().logInputs(info.runId, [{ dataset, tags: texts({ other: "x" }) }], [{ modelId: "m-1" }]);
    await tracking().logOutputs(info.runId, [{ modelId: "m-2", step: 3 }]);
    const { inputs, outputs } = await tracking().getRun(info.runId);
    expect(inputs).toEqual({ datasetInputs: [input], modelInputs: [{ modelId: "m-1" }] });
    expect(outputs).toEqual({ modelOutputs: [{ modelId: "m-2", step: 3 }] });
    const tooLong = { dataset: { ...dataset, digest: "x".repeat(37) }, tags: [] };
    expect(await failure(tracking().logInputs(info.runId, [tooLong], []))).toContain(
      "'digest' exceeds the maximum length of 36 characters",
    );
  });
}
