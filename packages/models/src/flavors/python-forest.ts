import { isAppError } from "@flightdeck/core";
import { type FittedForest, writeOnnxForest } from "@flightdeck/forest";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FlavorConfig } from "../mlmodel/ml-model.ts";

const LOADER = "flightdeck_forest";
const ONNX_FILE = "model.onnx";
const CODE_FOLDER = "code";
/** All packages below have wheels for this Python release. */
const PYTHON_VERSION = "3.11";
const REQUIREMENTS: readonly string[] = ["mlflow>=3", "onnx", "onnxruntime", "numpy", "pandas"];
const BUILD_REQUIREMENTS: readonly string[] = ["pip", "setuptools", "wheel"];

/**
 * Writes what stock Python needs to load a forest: an ONNX file, a loader for `mlflow.pyfunc` that gives our answers,
 * and the environment files. Returns the `onnx` and `python_function` flavors, or none if ONNX cannot represent the
 * forest (categorical splits, several outputs).
 */
export async function savePythonForest(
  forest: FittedForest,
  dir: string,
): Promise<Readonly<Record<string, FlavorConfig>>> {
  const onnx = onnxOf(forest);
  if (onnx === undefined) return {};
  await writeFile(join(dir, ONNX_FILE), onnx);
  await mkdir(join(dir, CODE_FOLDER));
  await copyFile(new URL("./flightdeck_forest.py", import.meta.url), join(dir, CODE_FOLDER, `${LOADER}.py`));
  for (const [name, text] of Object.entries(environmentFiles())) await writeFile(join(dir, name), text);
  return {
    onnx: { code: null, data: ONNX_FILE, providers: ["CPUExecutionProvider"], onnx_session_options: null },
    python_function: {
      loader_module: LOADER,
      code: CODE_FOLDER,
      data: ONNX_FILE,
      env: { conda: "conda.yaml", virtualenv: "python_env.yaml" },
      python_version: PYTHON_VERSION,
      columns: forest.features.map(({ name }) => name),
      classes: forest.outputs[0]?.classes ?? null,
    },
  };
}

function onnxOf(forest: FittedForest): Uint8Array | undefined {
  try {
    return writeOnnxForest(forest);
  } catch (error) {
    if (isAppError(error) && error.code === "NOT_IMPLEMENTED") return undefined;
    throw error;
  }
}

/** The three environment files that MLflow writes. */
function environmentFiles(): Readonly<Record<string, string>> {
  const listed = (items: readonly string[], indent = ""): string =>
    items.map((item) => `${indent}- ${item}\n`).join("");
  return {
    "requirements.txt": REQUIREMENTS.map((line) => `${line}\n`).join(""),
    "python_env.yaml":
      `python: "${PYTHON_VERSION}"\nbuild_dependencies:\n${listed(BUILD_REQUIREMENTS)}` +
      `dependencies:\n${listed(["-r requirements.txt"])}`,
    "conda.yaml":
      `name: mlflow-env\nchannels:\n- conda-forge\ndependencies:\n- python=${PYTHON_VERSION}\n- pip\n` +
      `- pip:\n${listed(REQUIREMENTS, "  ")}`,
  };
}
