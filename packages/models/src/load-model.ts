import { AppError, isAppError } from "@flightdeck/core";
import type { Predictor } from "./flavors/flavor.ts";
import type { MlModel } from "./mlmodel/ml-model.ts";
import { readMlModel } from "./mlmodel/ml-model-file.ts";
import type { FlavorFiles } from "./mlmodel/model-file.ts";
import type { Model } from "./model.ts";
import type { PythonModelOptions } from "./python/python-model.ts";

/** The input of a flavor's loader. */
type LoadContext = FlavorFiles & { readonly options: LoadModelOptions };

/** Options for loading a model. All but `onRemark` apply only to models that run in Python. */
export type LoadModelOptions = Partial<PythonModelOptions> & {
  /** Called with the reason if a model of a kind that normally runs without Python needs Python after all. */
  readonly onRemark?: ((text: string) => void) | undefined;
};

/**
 * Loaders by flavor, in order of preference. Each is imported on demand, so a server with one kind of model does not
 * pay for the others.
 */
const LOADERS: Readonly<Record<string, (context: LoadContext) => Promise<Model>>> = {
  flightdeck_forest: async (context) => {
    const { loadForestPredictor } = await import("./flavors/forest-flavor.ts");
    return await nativeModel(context, await loadForestPredictor(context.dir, context.config));
  },
  xgboost: async (context) => {
    const { loadXgboostPredictor } = await import("./flavors/boosted-flavor.ts");
    return await nativeModel(context, await loadXgboostPredictor(context));
  },
  lightgbm: async (context) => {
    const { loadLightgbmPredictor } = await import("./flavors/boosted-flavor.ts");
    return await nativeModel(context, await loadLightgbmPredictor(context));
  },
  onnx: async (context) => {
    const { loadOnnxPredictor } = await import("./flavors/onnx-flavor.ts");
    return await nativeModel(context, await loadOnnxPredictor(context));
  },
  python_function: async ({ options, ...files }) => {
    const { loadPythonModel } = await import("./python/python-model.ts");
    return await loadPythonModel(files, { ...options, env: options.env ?? process.env });
  },
};

async function nativeModel({ mlModel }: LoadContext, predictor: Predictor): Promise<Model> {
  const { NativeModel } = await import("./native-model.ts");
  return new NativeModel(mlModel, predictor);
}

/**
 * Loads a model folder for scoring. Our own forests, and ONNX, XGBoost and LightGBM models where possible, are loaded
 * into this process. Any other `python_function` model runs in worker processes with the environment that it asks for,
 * which is built first if necessary.
 *
 * Throws `RESOURCE_DOES_NOT_EXIST` if the folder has no MLmodel file, `NOT_IMPLEMENTED` if we support none of its
 * flavors, `INVALID_PARAMETER_VALUE` or `IO_ERROR` if the environment cannot be built, and `INVALID_STATE` if Python
 * cannot load the model.
 *
 * @example
 * ```ts
 * const model = await loadModel("airline-model");
 * const predictions = await model.predict(frame); // { kind: "labels", values: [0, 1, …] }
 * await model.close();
 * ```
 */
export async function loadModel(dir: string, options: LoadModelOptions = {}): Promise<Model> {
  const mlModel = await readMlModel(dir);
  const usable = Object.entries(LOADERS).flatMap(([name, load]) => {
    const config = mlModel.flavors[name];
    return config === undefined ? [] : [() => load({ dir, mlModel, config, options })];
  });
  const [preferred, ...others] = usable;
  if (preferred === undefined) throw unsupported(mlModel);
  return await firstPossible(preferred, others, options.onRemark);
}

type Load = () => Promise<Model>;

/** Tries the flavors in order. Skips one that cannot score this particular model. */
async function firstPossible(
  load: Load,
  [next, ...others]: readonly Load[],
  onRemark: LoadModelOptions["onRemark"],
): Promise<Model> {
  try {
    return await load();
  } catch (error) {
    if (next === undefined || !isAppError(error, "NOT_IMPLEMENTED")) throw error;
    onRemark?.(error.message);
  }
  return await firstPossible(next, others, onRemark);
}

function unsupported(mlModel: MlModel): AppError {
  const names = Object.keys(mlModel.flavors);
  const supported = Object.keys(LOADERS).join(", ");
  const message = `a model of the flavours ${names.join(", ") || "(none)"} cannot be loaded here; supported: ${supported}`;
  return new AppError("NOT_IMPLEMENTED", message, { details: { flavors: names } });
}
