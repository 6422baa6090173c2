import { expect, it } from "vitest";
import type { TrackingStore } from "../tracking/tracking-store.ts";
import { failure, makeRun, texts } from "./helpers.ts";

export function runTests(tracking: () => TrackingStore): void {
  it("keeps what it is given", async () => {
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

  it("names a run after its tag, else by itself, and mirrors the name in the tag", async () => {
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

  it("updates status, end and name, leaving what is not given", async () => {
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

  it("deletes and restores; a deleted run takes no writes", async () => {
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

  it("says what is absent in MLflow's words", async () => {
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

  it("keeps datasets, model inputs and outputs", async () => {
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
