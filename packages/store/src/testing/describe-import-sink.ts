import type { Metric, Run } from "@flightdeck/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type {
  ImportedModel,
  ImportedRegisteredModel,
  ImportedRun,
  ImportedVersion,
  ImportSink,
} from "../import/import-sink.ts";
import { metric, type TestStore, texts } from "./helpers.ts";

type ImportStore = TestStore & { readonly imports: ImportSink };

/** Tests that every `ImportSink` must pass. */
export function describeImportSink(name: string, open: () => Promise<ImportStore>): void {
  describe(name, () => {
    let store: ImportStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());
    describe("experiments", () => experimentTests(() => store));
    describe("runs", () => runTests(() => store));
    describe("logged models", () => modelTests(() => store));
    describe("registered models", () => registryTests(() => store));
  });
}

function experimentTests(store: () => ImportStore): void {
  test("keeps an id that is free, and the counter continues after it", async () => {
    expect(await importExperiment(store(), "700", "kept")).toBe("700");
    const next = await store().tracking.createExperiment({ name: "after 700" });
    expect(Number(next)).toBeGreaterThan(700);
    expect(await store().tracking.getExperiment("700")).toMatchObject({
      name: "kept",
      artifactLocation: "mlflow-artifacts:/700",
      creationTimeMs: 11,
      lastUpdateTimeMs: 22,
      tags: texts({ a: "1" }),
    });
  });

  test("assigns a new id when the old one is taken or too large, and remembers it", async () => {
    const taken = await store().tracking.createExperiment({ name: "taken" });
    const second = await importExperiment(store(), taken, "second");
    const long = await importExperiment(store(), "123456789012345678", "long");
    expect(second).not.toBe(taken);
    expect(Number(long)).toBeLessThan(2 ** 31);
    await store().tracking.renameExperiment(second, "renamed since");
    expect(await importExperiment(store(), taken, "second")).toBe(second);
  });

  test("merges into the experiment with the same name without changing existing values", async () => {
    const id = await store().tracking.createExperiment({
      name: "merged",
      tags: texts({ a: "ours" }),
      artifactLocation: "s3://ours/x",
    });
    expect(await importExperiment(store(), "12345", "merged")).toBe(id);
    expect(await store().tracking.getExperiment(id)).toMatchObject({
      artifactLocation: "s3://ours/x",
      tags: texts({ a: "ours" }),
    });
  });
}

function runTests(store: () => ImportStore): void {
  test("stores a run unchanged, in steps that may be repeated", async () => {
    const experimentId = await importExperiment(store(), "801", "runs");
    const run = importedRun("1".repeat(32), experimentId);
    const history = [metric("loss", 3, { step: 1 }), metric("loss", 2, { step: 2 }), metric("n", Number.NaN)];
    for (let repeated = 0; repeated < 2; repeated++) {
      await store().imports.importRuns(experimentId, [run]);
      await store().imports.importMetrics([{ runId: run.info.runId, metrics: history }]);
    }
    const stored = await store().tracking.getRun(run.info.runId);
    expect(stored).toEqual({
      ...run,
      data: { ...run.data, metrics: [history[1], history[2]] },
    });
    expect(await points(store(), run.info.runId, "loss")).toEqual(history.slice(0, 2));
    expect(await store().imports.countRuns([run.info.runId])).toEqual({
      runs: 1,
      params: 2,
      tags: 2,
      points: 3,
      datasetInputs: 1,
    });
  });

  test("keeps deleted runs deleted", async () => {
    const experimentId = await importExperiment(store(), "802", "deleted runs");
    const base = importedRun("2".repeat(32), experimentId);
    const run: ImportedRun = { ...base, info: { ...base.info, lifecycleStage: "deleted" }, deletedTimeMs: 9 };
    await store().imports.importRuns(experimentId, [run]);
    expect((await store().tracking.getRun(run.info.runId)).info.lifecycleStage).toBe("deleted");
  });

  test("reports the progress of each run", async () => {
    const experimentId = await importExperiment(store(), "803", "progress");
    const begun = importedRun("3".repeat(32), experimentId).info.runId;
    const done = importedRun("4".repeat(32), experimentId).info.runId;
    const own = (await store().tracking.createRun({ experimentId })).info.runId;
    await store().imports.importRuns(
      experimentId,
      [begun, done].map((id) => importedRun(id, experimentId)),
    );
    await store().imports.saveProgress("run", [{ id: done, state: "complete", points: 5, files: 7 }]);
    const progress = await store().imports.findProgress("run", [begun, done, own, "absent"]);
    expect([...progress.values()].toSorted((a, b) => a.state.localeCompare(b.state))).toEqual([
      { id: done, state: "complete", points: 5, files: 7 },
      { id: own, state: "foreign", points: 0, files: 0 },
      { id: begun, state: "partial", points: 0, files: 0 },
    ]);
  });

  test("updates a run that has not ended, and never one that has", async () => {
    const experimentId = await importExperiment(store(), "804", "open runs");
    const run = importedRun("5".repeat(32), experimentId);
    const { endTimeMs: _, ...openInfo } = run.info;
    const statuses: string[] = [];
    for (const info of [
      { ...openInfo, status: "RUNNING" as const },
      run.info,
      { ...openInfo, status: "RUNNING" as const },
    ]) {
      await store().imports.importRuns(experimentId, [{ ...run, info }]);
      statuses.push((await store().tracking.getRun(run.info.runId)).info.status);
    }
    expect(statuses).toEqual(["RUNNING", "FAILED", "FAILED"]);
  });

  test("moves artifacts", async () => {
    const experimentId = await importExperiment(store(), "805", "artifacts");
    const run = importedRun("6".repeat(32), experimentId);
    await store().imports.importRuns(experimentId, [run]);
    await store().imports.moveArtifacts("run", [
      { id: run.info.runId, artifactUri: "mlflow-artifacts:/805/x" },
    ]);
    expect(await store().imports.findArtifactUri("run", run.info.runId)).toBe("mlflow-artifacts:/805/x");
    expect(await store().imports.findArtifactUri("run", "absent")).toBeUndefined();
  });
}

function modelTests(store: () => ImportStore): void {
  test("stores a logged model with its metrics, and keeps a deleted one deleted", async () => {
    const experimentId = await importExperiment(store(), "900", "models");
    const run = importedRun("7".repeat(32), experimentId);
    await store().imports.importRuns(experimentId, [run]);
    const model = importedModel("m-1", experimentId, run.info.runId);
    const deleted = { ...importedModel("m-2", experimentId, run.info.runId), isDeleted: true };
    for (let repeated = 0; repeated < 2; repeated++) {
      await store().imports.importModels(experimentId, [model, deleted]);
    }
    const { isDeleted: _, metrics: __, ...expected } = model;
    expect(await store().tracking.getLoggedModel("m-1")).toEqual({
      ...expected,
      metrics: [
        {
          ...metric("acc", 0.5, { step: 3 }),
          modelId: "m-1",
          runId: run.info.runId,
          datasetName: "d",
          datasetDigest: "x",
        },
      ],
    });
    await expect(store().tracking.getLoggedModel("m-2")).rejects.toMatchObject({
      code: "RESOURCE_DOES_NOT_EXIST",
    });
    expect(await store().imports.countModels(["m-1", "m-2", "m-3"])).toBe(2);
  });
}

function registryTests(store: () => ImportStore): void {
  test("stores models with versions, gaps, aliases and tags", async () => {
    const model = {
      ...registeredModel("reg"),
      versions: [version("reg", "1", 10), version("reg", "4", 40)],
    };
    for (let repeated = 0; repeated < 2; repeated++) {
      expect(await store().imports.importRegisteredModel("src", model)).toEqual({
        versions: 2,
        renumbered: [],
      });
    }
    const stored = await store().registry.getRegisteredModel("reg");
    expect(stored).toMatchObject({
      description: "text",
      creationTimeMs: 5,
      tags: texts({ t: "1" }),
      aliases: [{ alias: "champion", version: "4" }],
    });
    const found = await store().registry.getModelVersion({ name: "reg", version: "4" });
    expect(found).toMatchObject({ creationTimeMs: 40, currentStage: "Production", tags: texts({ v: "4" }) });
    expect(await store().registry.getModelVersionDownloadUri({ name: "reg", version: "4" })).toBe("place:/4");
    const next = await store().registry.createModelVersion({ name: "reg", source: "s3://x" });
    expect(next.version).toBe("7");
  });

  test("renumbers a version whose number is taken", async () => {
    await store().registry.createRegisteredModel({ name: "both" });
    await store().registry.createModelVersion({ name: "both", source: "s3://ours" });
    const model = { ...registeredModel("both"), versions: [version("both", "1", 10)], aliases: [] };
    const expected = { versions: 1, renumbered: [{ version: "1", newVersion: "7" }] };
    expect(await store().imports.importRegisteredModel("src", model)).toEqual(expected);
    expect(await store().imports.importRegisteredModel("src", model)).toEqual(expected);
    expect(await store().imports.importRegisteredModel("the same by another way", model)).toMatchObject({
      versions: 1,
    });
    const ours = await store().registry.getModelVersion({ name: "both", version: "1" });
    expect(ours.source).toBe("s3://ours");
  });
}

function importExperiment(store: ImportStore, experimentId: string, name: string): Promise<string> {
  return store.imports.importExperiment("src", {
    experimentId,
    name,
    artifactLocation: "",
    lifecycleStage: "active",
    creationTimeMs: 11,
    lastUpdateTimeMs: 22,
    tags: texts({ a: "1" }),
  });
}

function importedRun(runId: string, experimentId: string): Run {
  const dataset = { name: "d", digest: "x", sourceType: "local", source: "{}" };
  return {
    info: {
      runId,
      runName: "as it was",
      experimentId,
      userId: "someone",
      status: "FAILED",
      startTimeMs: 100,
      endTimeMs: 200,
      artifactUri: "s3://bucket/run",
      lifecycleStage: "active",
    },
    data: {
      metrics: [],
      params: texts({ a: "1", long: "x".repeat(10_000) }),
      tags: texts({ "mlflow.runName": "as it was", z: "" }),
    },
    inputs: {
      datasetInputs: [{ dataset, tags: texts({ "mlflow.data.context": "train" }) }],
      modelInputs: [{ modelId: "m-in" }],
    },
    outputs: { modelOutputs: [{ modelId: "m-out", step: 4 }] },
  };
}

function importedModel(modelId: string, experimentId: string, runId: string): ImportedModel {
  const measured = { datasetName: "d", datasetDigest: "x", runId };
  return {
    modelId,
    experimentId,
    name: "model",
    modelType: "classifier",
    sourceRunId: runId,
    status: "LOGGED_MODEL_READY",
    statusMessage: "",
    artifactUri: "s3://bucket/model",
    creationTimeMs: 1,
    lastUpdateTimeMs: 2,
    tags: texts({ t: "1" }),
    params: texts({ p: "1" }),
    isDeleted: false,
    metrics: [
      { ...metric("acc", 0.5, { step: 3 }), ...measured },
      { ...metric("acc", 0.9, { step: 1 }), ...measured },
    ],
  };
}

function registeredModel(name: string): Omit<ImportedRegisteredModel, "versions"> {
  return {
    name,
    description: "text",
    creationTimeMs: 5,
    lastUpdateTimeMs: 6,
    lastVersion: 6,
    tags: texts({ t: "1" }),
    aliases: [{ alias: "champion", version: "4" }],
  };
}

function version(name: string, number: string, creationTimeMs: number): ImportedVersion {
  return {
    name,
    version: number,
    creationTimeMs,
    lastUpdateTimeMs: creationTimeMs,
    userId: "someone",
    currentStage: "Production",
    description: "",
    source: `s3://bucket/${number}`,
    storageLocation: `place:/${number}`,
    runId: "",
    runLink: "",
    status: "READY",
    statusMessage: "",
    tags: texts({ v: number }),
    aliases: [],
  };
}

async function points(store: ImportStore, runId: string, metricKey: string): Promise<readonly Metric[]> {
  return (await store.tracking.getMetricHistory({ runId, metricKey })).items;
}
