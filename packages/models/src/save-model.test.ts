import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ExtraTreesRegressor } from "@flightdeck/forest";
import { Frame } from "@flightdeck/frame";
import { describe, expect, test } from "vitest";
import { loadModel } from "./load-model.ts";
import type { Model } from "./model.ts";
import { ML_MODEL_FILE, readMlModel } from "./mlmodel/ml-model-file.ts";
import { saveModel } from "./save-model.ts";
import { inferSignature } from "./signature/infer-signature.ts";
import { fitForest, labelledFrame } from "./testing/fit-forest.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";

const features = labelledFrame().drop(["Late"]);

async function invoke(model: Model, table: object): Promise<readonly unknown[]> {
  const body = JSON.stringify({ dataframe_split: table });
  const answer = await model.answer({ contentType: "application/json", body });
  // Every status 200 answer has this form.
  const { predictions } = JSON.parse(answer.body.toString()) as { predictions: unknown[] };
  return predictions;
}

describe("saveModel and loadModel", () => {
  test("a forest predicts the same after saving and loading", async () => {
    const forest = await fitForest();
    const dir = await temporaryFolder();
    await saveModel(forest, dir, { inputExample: features });
    const loaded = await loadModel(dir);
    expect(await loaded.predict(labelledFrame())).toEqual({
      kind: "labels",
      values: await forest.predict(features),
    });
  });

  test("a forest of numbers with categories predicts the same after saving and loading", async () => {
    const data = Array.from({ length: 60 }, (_, i) => [i, i % 2 === 0 ? "AA" : "UA", i / 2 + (i % 2) * 9]);
    const frame = Frame.fromRows({ columns: ["Distance", "Carrier", "Delay"], data });
    const model = new ExtraTreesRegressor({ nEstimators: 3, nThreads: 1, categoricalFeatures: "from_dtype" });
    await model.fit(frame, "Delay");
    const dir = await temporaryFolder();
    await saveModel(model, dir, {});
    const loaded = await loadModel(dir);
    const values = Array.from(await model.predict(frame));
    expect(await loaded.predict(frame)).toEqual({ kind: "labels", values });
  });

  test("the MLmodel file contains what MLflow's tools look for", async () => {
    const dir = await temporaryFolder();
    await saveModel(await fitForest(), dir, {
      inputExample: features,
      modelId: "m-0123",
      runId: "0123",
      artifactPath: "mlflow-artifacts:/1/models/m-0123/artifacts",
      metadata: { owner: "me" },
      clock: { nowMs: () => 1_795_500_435_861 },
    });
    expect(await readMlModel(dir)).toMatchObject({
      artifactPath: "mlflow-artifacts:/1/models/m-0123/artifacts",
      runId: "0123",
      modelId: "m-0123",
      modelUuid: "m-0123",
      utcTimeCreated: "2026-11-24 06:07:15.861000",
      flavors: { flightdeck_forest: { data: "forest", model_type: "RandomForestClassifier" } },
      savedInputExampleInfo: { artifactPath: "input_example.json" },
      metadata: { owner: "me" },
    });
    const example: unknown = JSON.parse(await readFile(join(dir, "input_example.json"), "utf8"));
    expect(example).toMatchObject({
      columns: ["Distance", "DayofWeek"],
      data: [
        [0, 0],
        [5, 1],
        [10, 2],
        [15, 3],
        [20, 4],
      ],
    });
    const serving: unknown = JSON.parse(await readFile(join(dir, "serving_input_example.json"), "utf8"));
    expect(serving).toEqual({ dataframe_split: example });
  });

  test("without a signature the model's own columns are used, as floats", async () => {
    const dir = await temporaryFolder();
    await saveModel(await fitForest(), dir);
    const { inputs } = await loadModel(dir);
    expect(inputs).toEqual([
      { name: "Distance", type: "float", required: true },
      { name: "DayofWeek", type: "float", required: true },
    ]);
  });

  test("a signature may have more columns than the model, in another order", async () => {
    const dir = await temporaryFolder();
    const wide = labelledFrame().select(["Late", "DayofWeek", "Distance"]);
    await saveModel(await fitForest(), dir, { signature: inferSignature(wide) });
    const model = await loadModel(dir);
    const rows = {
      columns: ["Distance", "DayofWeek", "Late"],
      data: [
        [1846, 1, 0],
        [3, 1, 0],
      ],
    };
    expect(await invoke(model, rows)).toEqual([1, 0]);
  });

  test("a signature that lacks a column of the model is refused before anything is written", async () => {
    const signature = inferSignature(features.drop(["DayofWeek"]));
    const dir = join(await temporaryFolder(), "model");
    await expect(saveModel(await fitForest(), dir, { signature })).rejects.toThrow(
      "the signature must have every column of the model; DayofWeek is not among its inputs",
    );
    await expect(readMlModel(dir)).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
  });

  test("a folder that is not empty is refused and left unchanged", async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, "notes"), "mine");
    await expect(saveModel(await fitForest(), dir)).rejects.toThrow(
      `the folder ${dir} must be empty, but contains notes`,
    );
  });

  test.each([
    [new Map(), "got Map"],
    [undefined, "got undefined"],
  ])("%s is not a model", async (model, got) => {
    await expect(saveModel(model, await temporaryFolder())).rejects.toThrow(
      `a model must be of one of the flavours flightdeck_forest, ${got}`,
    );
  });
});

describe("loadModel", () => {
  test.each([
    ["flavors: {tensorflow: {}}", "a model of the flavours tensorflow cannot be loaded here"],
    ["flavors: {onnx: {}}", "a model without a column signature cannot be scored without Python"],
    [
      "flavors: {lightgbm: {model_class: lightgbm.sklearn.LGBMRanker}}",
      "a pickled LGBMRanker of LightGBM cannot be scored without Python",
    ],
    ["flavors: {}", "a model of the flavours (none) cannot be loaded here"],
  ])("says what %s needs", async (text, message) => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, ML_MODEL_FILE), text);
    await expect(loadModel(dir)).rejects.toMatchObject({ code: "NOT_IMPLEMENTED" });
    await expect(loadModel(dir)).rejects.toThrow(message);
  });

  const SIGNATURE = `signature: {inputs: '[{"type": "double", "name": "a", "required": true}]'}`;
  test.each([
    ["{xgboost: {data: ../../etc/passwd}}", "flavors.xgboost.data must name a file of the model's folder"],
    ["{xgboost: {data: /etc/passwd}}", "flavors.xgboost.data must name a file of the model's folder"],
    ["{lightgbm: {data: model.lgb}}", "flavors.lightgbm.data names model.lgb, which is missing"],
    ["{lightgbm: {}}", "flavors.lightgbm.data must name a file"],
    ["{onnx: {data: ../model.onnx}}", "flavors.onnx.data must name a file of the model's folder"],
    ["{xgboost: {data: MLmodel}}", "this is not a UBJSON document"],
    ["{lightgbm: {data: MLmodel}}", "this is not a LightGBM model"],
  ])("refuses the file of %s", async (flavors, message) => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, ML_MODEL_FILE), `flavors: ${flavors}\n${SIGNATURE}\n`);
    const loading = loadModel(dir);
    await expect(loading).rejects.toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
    await expect(loading).rejects.toThrow(message);
  });

  test("the error for an invalid entry of a flavour names it", async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, ML_MODEL_FILE), "flavors: {flightdeck_forest: {data: ../../etc}}");
    await expect(loadModel(dir)).rejects.toThrow("MLmodel: flavors.flightdeck_forest.");
  });

  test("many rows are predicted as a frame, with the same result", async () => {
    const dir = await temporaryFolder();
    await saveModel(await fitForest(), dir);
    const model = await loadModel(dir);
    const data = Array.from({ length: 1500 }, (_, i) => [i, i % 7]);
    const columns = ["Distance", "DayofWeek"];
    const singly = await Promise.all(
      data.map(async (row) => (await invoke(model, { columns, data: [row] }))[0]),
    );
    expect(await invoke(model, { columns, data })).toEqual(singly);
    expect(await invoke(model, { columns, data: [] })).toEqual([]);
  });
});
