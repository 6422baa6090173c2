import { RandomForestClassifier } from "@flightdeck/forest";
import { Frame } from "@flightdeck/frame";
import {
  inferSignature,
  loadModel,
  type Model,
  ModelSet,
  predictionsToJson,
  saveModel,
  startScoringServer,
} from "@flightdeck/models";
import { valueOf } from "@flightdeck/testkit";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runPython } from "../run-python.ts";
import { type SavedModels, saveModels, withPython } from "./saved-models.ts";
import { servingPython } from "./stock-scoring.ts";

/* The stock client of the Open Inference Protocol, `tritonclient`, against our server. */

const python = await servingPython();
const COLUMNS = ["a", "b", "c"];

const title = `the Open Inference Protocol by tritonclient${python.missing ? ` (${python.reason})` : ""}`;
describe.skipIf(python.missing)(title, () => {
  let folder = "";
  let saved: SavedModels;
  const models: Record<string, Model> = {};
  let server: Awaited<ReturnType<typeof startScoringServer>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "flightdeck-inference-"));
    saved = await saveModels(valueOf(python));
    const { forest, features } = await fitForest();
    const signature = inferSignature(features, await forest.predict(features));
    await saveModel(forest, join(folder, "forest"), { signature });
    models["forest"] = await loadModel(join(folder, "forest"));
    const local = { env: withPython(valueOf(python)), envManager: "local" };
    models["in python"] = await loadModel(join(saved.folder, "tree"), local);
    models["tensor"] = await loadModel(join(saved.folder, "tensor"), local);
    server = await startScoringServer({ model: new ModelSet(models), port: 0 });
  });
  afterAll(async () => {
    await server.close();
    await Promise.all(Object.values(models).map((model) => model.close()));
    await saved.remove();
    await rm(folder, { recursive: true, force: true });
  });

  async function ask(model: string, rows: unknown, columns: readonly string[]): Promise<Told> {
    const address = new URL(server.url).host;
    const args = [address, model, JSON.stringify(rows), JSON.stringify(columns)];
    const script = { file: "infer_triton.py", args, trackingUri: folder };
    return await runPython({ interpreter: valueOf(python), ...script });
  }

  async function expected(name: string, data: readonly (readonly number[])[]): Promise<unknown> {
    const frame = Frame.fromRows({ columns: COLUMNS, data });
    const predictions = await models[name]?.predict(frame);
    return predictions && predictionsToJson(predictions);
  }

  test.each([
    ["columns", COLUMNS],
    ["one matrix", []],
  ])("a forest's rows as %s: the same answers in JSON and in binary", async (_, columns) => {
    const rows = [
      [2.5, 3, 1.25],
      [-2, 9, 0.5],
      [0.25, 0, -1],
    ];
    const told = await ask("forest", rows, columns);
    const answer = { id: "7", outputs: { "output-1": ["INT64", await expected("forest", rows)] } };
    expect(told).toMatchObject({
      live: true,
      ready: true,
      modelReady: true,
      absentReady: false,
      extensions: ["binary_tensor_data"],
      metadata: {
        name: "forest",
        inputs: COLUMNS.map((name) => ({ name, datatype: "FP64", shape: [-1] })),
        outputs: [{ name: "output-1", datatype: "INT64", shape: [-1] }],
      },
      binary: answer,
      json: answer,
      floats: answer,
    });
    expect(told.absent).toContain('no model "absent" is served here');
    expect(told.unknownOutput).toBe('the model has no output "other"; its outputs: output-1');
  });

  test("a model in Python, whose name has a space", async () => {
    const rows = saved.rows.slice(0, 4).map((row) => row.map((cell) => Math.fround(cell)));
    const told = await ask("in python", rows, COLUMNS);
    const answer = { outputs: { "output-1": ["INT64", await expected("in python", rows)] } };
    expect(told).toMatchObject({ modelReady: true, binary: answer, json: answer, floats: answer });
  });

  test("a model of arrays gets arrays", async () => {
    const rows = [
      [1, 2],
      [3, 4.5],
    ];
    const told = await ask("tensor", rows, []);
    const body = JSON.stringify({ inputs: rows });
    const { body: scored } =
      (await models["tensor"]?.answer({ contentType: "application/json", body })) ?? {};
    const { predictions } = JSON.parse(String(scored)) as { predictions: number[] };
    const answer = { outputs: { "output-1": ["FP64", predictions] } };
    expect(told).toMatchObject({
      metadata: { inputs: [{ name: "input-1", datatype: "FP64", shape: [-1, 2] }] },
      binary: answer,
      json: answer,
      floats: answer,
    });
  });
});

type Told = Readonly<Record<string, unknown>>;

async function fitForest(): Promise<{ forest: RandomForestClassifier; features: Frame }> {
  const data = Array.from({ length: 300 }, (_, i) => {
    const [a, b, c] = [Math.sin(i) * 3 + 0.5, (i % 10) + 0.5, Math.cos(i * 7)];
    return [a, b, c, a + b / 5 + c > 1.5 ? 1 : 0];
  });
  const frame = Frame.fromRows({ columns: [...COLUMNS, "label"], data });
  const forest = new RandomForestClassifier({ nEstimators: 9, seed: 1, nThreads: 1 });
  await forest.fit(frame, "label");
  return { forest, features: frame.drop(["label"]) };
}
