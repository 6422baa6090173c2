import { AppError } from "@flightdeck/core";
import type { Run } from "@flightdeck/protocol";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSource } from "../open-source.ts";
import {
  writeDatabaseFixture,
  writeFolderFixture,
  MLFLOW_VERSIONS,
  type MlflowVersion,
  snapshot,
} from "../testing/mlflow-fixtures.ts";
import { openTarget, type TestTarget } from "../testing/open-target.ts";
import { countSource } from "./count-source.ts";
import type { ImportReport } from "./import-context.ts";
import { importWorkspace } from "./import-workspace.ts";

let target: TestTarget;
beforeEach(async () => {
  target = await openTarget();
});
afterEach(() => target.close());

const SOURCES = MLFLOW_VERSIONS.flatMap((version) => [
  ["database", version] as const,
  ["folder", version] as const,
]);

describe.each(SOURCES)("the %s of MLflow %s", (kind, version) => {
  test("is imported completely, by one import or several, and is not changed", async () => {
    const file = await makeSource(kind, version);
    const before = await snapshot(join(target.folder, "source"));
    const first = await importFrom(file);
    expect(first.target).toEqual(first.source);
    expect(first.source).toMatchObject(expectedCounts(kind, version));
    expect(await dryRun(file)).toEqual(first.source);
    expect(await importFrom(file)).toEqual(first);
    expect(await snapshot(join(target.folder, "source"))).toEqual(before);
  });

  test("imports runs unchanged", async () => {
    await importFrom(await makeSource(kind, version));
    const { tracking } = target.store;
    const airline = await tracking.findExperimentByName("airline");
    expect(airline).toMatchObject({ lifecycleStage: "active", tags: [{ key: "team", value: "delays" }] });
    const runs = await runsOf(airline?.experimentId);
    const { info, data, inputs } = named(runs, "parent");
    expect(info).toMatchObject({
      status: "FINISHED",
      startTimeMs: 1_700_000_000_000,
      endTimeMs: 1_700_000_009_000,
      artifactUri: `mlflow-artifacts:/${airline?.experimentId}/${info.runId}/artifacts`,
    });
    expect(data.params).toEqual([
      { key: "depth", value: "8" },
      { key: "model/kind", value: "forest ü" },
    ]);
    expect(Object.fromEntries(data.metrics.map(({ key, value }) => [key, value]))).toMatchObject({
      loss: 1 / 40,
      "val/accuracy": 0.5,
      "not a number": Number.NaN,
      // MLflow's databases cannot store infinity: it stores the largest number instead.
      endless: kind === "database" ? -Number.MAX_VALUE : Number.NEGATIVE_INFINITY,
    });
    expect(data.tags).toContainEqual({
      key: "mlflow.note.content",
      value: "several\nlines with\ttabs: and # signs",
    });
    const history = await tracking.getMetricHistory({ runId: info.runId, metricKey: "loss" });
    expect(history.items.map(({ step, value }) => [step, value])).toEqual(
      Array.from({ length: 40 }, (_, step) => [step, 1 / (step + 1)]),
    );
    expect(inputs.datasetInputs).toHaveLength(version === "1.30.1" ? 0 : 1);
    expect(named(runs, "child").info.status).toBe("FAILED");
    expect(named(runs, "open").info).toMatchObject({ status: "RUNNING" });
    expect(named(runs, "deleted").info).toMatchObject({ status: "KILLED", lifecycleStage: "deleted" });
    expect((await tracking.findExperimentByName("gone"))?.lifecycleStage).toBe("deleted");
  });

  // MLflow 1.30 supports a registry only in databases, so its folders have none to import.
  test.skipIf(kind === "folder" && version === "1.30.1")("imports the registry unchanged", async () => {
    await importFrom(await makeSource(kind, version));
    const { registry, tracking } = target.store;
    const model = await registry.getRegisteredModel("airline model");
    const airline = await tracking.findExperimentByName("airline");
    const { info } = named(await runsOf(airline?.experimentId), "parent");
    expect(model).toMatchObject({
      description: "Predicts delays.",
      tags: [{ key: "owner", value: "ops" }],
      aliases: version === "1.30.1" ? [] : [{ alias: "champion", version: "3" }],
    });
    const third = await registry.getModelVersion({ name: "airline model", version: "3" });
    expect(third).toMatchObject({
      currentStage: "Production",
      description: "Number 3.",
      source: `${info.artifactUri}/data`,
      runId: info.runId,
      tags: [{ key: "number", value: "3" }],
    });
    const absent = registry.getModelVersion({ name: "airline model", version: "2" });
    await expect(absent).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
    const next = await registry.createModelVersion({ name: "airline model", source: "s3://x" });
    expect(next.version).toBe("4");
  });

  test("copies artifacts byte for byte", async () => {
    await importFrom(await makeSource(kind, version));
    const airline = await target.store.tracking.findExperimentByName("airline");
    const { info } = named(await runsOf(airline?.experimentId), "parent");
    const folder = join(target.artifactsFolder, airline?.experimentId ?? "", info.runId, "artifacts");
    const bytes = Buffer.from(Array.from({ length: 3 * 256 }, (_, index) => index % 256));
    expect(await readFile(join(folder, "data/deep/all bytes.bin"))).toEqual(bytes);
  });
});

describe.each(["database", "folder"] as const)("the %s of MLflow 3", (kind) => {
  test("imports logged models", async () => {
    await importFrom(await makeSource(kind, "3.17.2"));
    const { tracking, registry } = target.store;
    const airline = await tracking.findExperimentByName("airline");
    const found = await tracking.searchLoggedModels({ experimentIds: [airline?.experimentId ?? ""] });
    expect(found.items).toHaveLength(1);
    const [model] = found.items;
    const runs = await runsOf(airline?.experimentId);
    expect(model).toMatchObject({
      name: "forest",
      modelType: "agent",
      status: "LOGGED_MODEL_READY",
      sourceRunId: named(runs, "parent").info.runId,
      artifactUri: `mlflow-artifacts:/${airline?.experimentId}/models/${model?.modelId}/artifacts`,
      params: [{ key: "trees", value: "100" }],
      tags: [{ key: "stage", value: "dev" }],
      metrics: [{ key: "auc", value: 0.75, step: 2, timestampMs: 1_700_000_007_000, datasetName: "flights" }],
    });
    expect(named(runs, "parent").outputs.modelOutputs).toEqual([{ modelId: model?.modelId, step: 2 }]);
    expect(named(runs, "open").inputs.modelInputs).toEqual([{ modelId: model?.modelId }]);
    const version = await registry.getModelVersion({ name: "by id", version: "1" });
    expect(version).toMatchObject({ source: `models:/${model?.modelId}`, modelId: model?.modelId });
    expect(await registry.getModelVersionDownloadUri({ name: "by id", version: "1" })).toBe(
      model?.artifactUri,
    );
  });
});

test("an interrupted import can be continued, wherever it stopped", async () => {
  const file = await makeSource("folder", "3.17.2");
  const whole = await openTarget();
  const expected = await importFrom(file, whole);
  for (let steps = 1; ; steps++) {
    if (await importUntilStep(file, steps)) break;
  }
  const report = await importFrom(file);
  expect(report).toEqual(expected);
  expect([...(await snapshot(target.artifactsFolder)).keys()].length).toBe(report.source["artifact files"]);
  await whole.close();
});

test("an aborted import is completed by the next one", async () => {
  const file = await makeSource("database", "3.17.2");
  const controller = new AbortController();
  const source = await openSource(file);
  const stopped = importWorkspace(source, target, {
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ code: "CANCELLED" });
  await source.close();
  const report = await importFrom(file);
  expect(report.target).toEqual(report.source);
});

test("a run that was still open is read again, including its end", async () => {
  const root = await makeSource("folder", "3.17.2");
  await importFrom(root);
  const airline = await target.store.tracking.findExperimentByName("airline");
  const { info } = named(await runsOf(airline?.experimentId), "open");
  const meta = join(root, (await sourceExperiment(root)) ?? "", info.runId, "meta.yaml");
  const text = await readFile(meta, "utf8");
  await writeFile(
    meta,
    text.replace(/end_time: null/, "end_time: 1700000005000").replace(/status: 1/, "status: 3"),
  );
  await mkdir(join(meta, "..", "metrics"), { recursive: true });
  await writeFile(join(meta, "..", "metrics", "late"), "1700000004000 7 1\n");
  const report = await importFrom(root);
  expect(report.target).toEqual(report.source);
  const run = await target.store.tracking.getRun(info.runId);
  expect(run.info).toMatchObject({ status: "FINISHED", endTimeMs: 1_700_000_005_000 });
  expect(run.data.metrics).toMatchObject([{ key: "late", value: 7 }]);
});

test("two sources are merged into experiments and models of the same name", async () => {
  const first = await importFrom(await makeSource("database", "2.22.4"));
  const second = await importFrom(await makeSource("database", "3.17.2"));
  expect(second.target).toEqual(second.source);
  const airline = await target.store.tracking.findExperimentByName("airline");
  const runs = await runsOf(airline?.experimentId);
  expect(runs).toHaveLength(2 * 4);
  expect(first.notes).toEqual([]);
  expect(second.notes).toEqual([
    "renumbered versions: version 1 of airline model is now 4",
    "renumbered versions: version 3 of airline model is now 5",
  ]);
});

test("a later import keeps the changes made here", async () => {
  const file = await makeSource("database", "3.17.2");
  await importFrom(file);
  const airline = await target.store.tracking.findExperimentByName("airline");
  const { runId } = named(await runsOf(airline?.experimentId), "parent").info;
  await target.store.tracking.setTag(runId, { key: "who", value: "changed" });
  await target.store.tracking.setTag(runId, { key: "new", value: "here" });
  const report = await importFrom(file);
  expect(report.target.tags).toBe(report.source.tags + 1);
  const { tags } = (await target.store.tracking.getRun(runId)).data;
  expect(tags).toContainEqual({ key: "who", value: "changed" });
});

async function importFrom(file: string, into: TestTarget = target): Promise<ImportReport> {
  const source = await openSource(file);
  try {
    return await importWorkspace(source, into);
  } finally {
    await source.close();
  }
}

/** Imports until the given number of writes, then fails like a killed process. Returns whether the import was complete. */
async function importUntilStep(file: string, steps: number): Promise<boolean> {
  const source = await openSource(file);
  let left = steps;
  const imports = new Proxy(target.imports, {
    get(sink, name) {
      // All properties of the sink are methods.
      const method = Reflect.get(sink, name) as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => {
        if (left-- <= 0) throw new AppError("ABORTED", "killed");
        return method.apply(sink, args);
      };
    },
  });
  try {
    await importWorkspace(source, { ...target, imports });
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "ABORTED" });
    return false;
  } finally {
    await source.close();
  }
}

async function dryRun(file: string): Promise<unknown> {
  const source = await openSource(file);
  const { counts } = await countSource(source);
  await source.close();
  return counts;
}

/** Writes a fixture into a new folder. For a database it adds artifact files where the server would have stored them. */
async function makeSource(kind: "database" | "folder", version: MlflowVersion): Promise<string> {
  const folder = join(target.folder, "source");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  if (kind === "folder") return writeFolderFixture(folder, version);
  const file = await writeDatabaseFixture(folder, version);
  const source = await openSource(file);
  for await (const { experimentId, name } of source.experiments()) {
    if (name !== "airline") continue;
    for await (const runs of source.runs(experimentId)) {
      const { runId } = named(runs, "parent").info;
      const place = join(folder, "mlartifacts", "airline", runId, "artifacts", "data", "deep");
      await mkdir(place, { recursive: true });
      await writeFile(
        join(place, "all bytes.bin"),
        Uint8Array.from({ length: 3 * 256 }, (_, index) => index),
      );
    }
  }
  await source.close();
  return file;
}

function expectedCounts(
  kind: "database" | "folder",
  version: MlflowVersion,
): Partial<ImportReport["source"]> {
  const isFirst = version === "1.30.1";
  const isThird = version === "3.17.2";
  return {
    runs: 5,
    params: 3,
    tags: 8,
    "metric points": isThird ? 45 : 44,
    "dataset inputs": isFirst ? 0 : 1,
    "logged models": isThird ? 2 : 0,
    "model versions": isThird ? 3 : isFirst && kind === "folder" ? 0 : 2,
  };
}

async function runsOf(experimentId: string | undefined): Promise<readonly Run[]> {
  const page = await target.store.tracking.searchRuns({
    experimentIds: [experimentId ?? ""],
    runViewType: "ALL",
  });
  return page.items;
}

function named<TRun extends { readonly info: Run["info"] }>(runs: readonly TRun[], name: string): TRun {
  const run = runs.find(({ info }) => info.runName === name);
  if (run === undefined) throw new TypeError(`no run is named ${name}`);
  return run;
}

async function sourceExperiment(root: string): Promise<string | undefined> {
  const source = await openSource(root);
  for await (const { experimentId, name } of source.experiments())
    if (name === "airline") return experimentId;
  return undefined;
}
