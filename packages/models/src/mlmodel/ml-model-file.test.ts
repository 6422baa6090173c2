import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import type { MlModel } from "./ml-model.ts";
import { formatMlModel, ML_MODEL_FILE, parseMlModel, readMlModel } from "./ml-model-file.ts";

/** Shortened from what MLflow 3.17 writes for a scikit-learn model. */
const PYTHON_MODEL = `
artifact_path: mlflow-artifacts:/1/models/m-00112233445566778899aabbccddeeff/artifacts
flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.sklearn
    model_path: model.pkl
    predict_fn: predict
    python_version: 3.11.7
  sklearn:
    code: null
    pickled_model: model.pkl
    sklearn_version: 1.9.0
is_signature_from_type_hint: false
mlflow_version: 3.17.2
model_id: m-00112233445566778899aabbccddeeff
model_size_bytes: 4481
model_uuid: m-00112233445566778899aabbccddeeff
prompts: null
run_id: 0123456789abcdef0123456789abcdef
saved_input_example_info:
  artifact_path: input_example.json
  pandas_orient: split
  serving_input_path: serving_input_example.json
  type: dataframe
signature:
  inputs: '[{"type": "integer", "name": "a", "required": true}, {"type": "double",
    "name": "b", "optional": true}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
  params: null
type_hint_from_example: false
utc_time_created: '2026-11-24 06:22:15.860155'
`;

test("reads a file by MLflow", () => {
  expect(parseMlModel(PYTHON_MODEL, "MLmodel")).toMatchObject({
    modelId: "m-00112233445566778899aabbccddeeff",
    runId: "0123456789abcdef0123456789abcdef",
    utcTimeCreated: "2026-11-24 06:22:15.860155",
    modelSizeBytes: 4481,
    flavors: { sklearn: { sklearn_version: "1.9.0" } },
    savedInputExampleInfo: { artifactPath: "input_example.json", type: "dataframe" },
    signature: {
      inputs: {
        kind: "columns",
        columns: [
          { name: "a", type: "integer", required: true },
          { name: "b", type: "double", required: false },
        ],
      },
      outputs: { kind: "tensors", tensors: [{ dtype: "int64", shape: [-1] }] },
    },
  });
});

test("reads back what was written", () => {
  const model: MlModel = {
    artifactPath: "mlflow-artifacts:/1/m: odd #path",
    modelUuid: "no",
    utcTimeCreated: "2026-11-24 06:22:15.860155",
    mlflowVersion: "3.10",
    modelSizeBytes: 7,
    flavors: { flightdeck_forest: { data: "forest" } },
    metadata: { owner: "me", tries: 3 },
    signature: {
      inputs: { kind: "other", json: '[{"type":"map"}]' },
      params: [{ name: "t", type: "double", default: 0.5 }],
    },
    otherKeys: { model_size: "large", saved_input_example_info: { type: "ndarray" } },
  };
  expect(parseMlModel(formatMlModel(model), "MLmodel")).toEqual(model);
});

test("strings that YAML 1.1 reads as dates or numbers are quoted", () => {
  const text = formatMlModel({
    modelUuid: "u",
    utcTimeCreated: "2026-11-24 06:22:15.860155",
    mlflowVersion: "3.10",
    flavors: {},
  });
  expect(text).toMatch(/^utc_time_created: ["']2026-11-24/m);
  expect(text).toMatch(/^mlflow_version: ["']3\.10/m);
});

test.each([
  ["flavors: [1]", "MLmodel: flavors"],
  ["signature: {inputs: 3}\nflavors: {}", "MLmodel: signature.inputs"],
  ["{", "MLmodel is not YAML"],
  ["flavors: {}\nsignature: {inputs: 'not json'}", "signature.inputs must be JSON text, got not json"],
])("says what is wrong with %j", (text, message) => {
  expect(() => parseMlModel(text, "MLmodel")).toThrow(message);
});

test("a folder without an MLmodel file is not a model folder", async () => {
  const folder = await temporaryFolder();
  await expect(readMlModel(folder)).rejects.toMatchObject({
    code: "RESOURCE_DOES_NOT_EXIST",
    message: `${folder} is no model folder: it has no readable MLmodel file`,
  });
  await mkdir(join(folder, "m"));
  await writeFile(join(folder, "m", ML_MODEL_FILE), PYTHON_MODEL);
  expect(Object.keys((await readMlModel(join(folder, "m"))).flavors)).toEqual(["python_function", "sklearn"]);
});
