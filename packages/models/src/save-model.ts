import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError, type Clock, newId, systemClock } from "@flightdeck/core";
import type { Frame } from "@flightdeck/frame";
import { MLFLOW_VERSION } from "@flightdeck/protocol";
import type { FlavorInput, FlavorWriter } from "./flavors/flavor.ts";
import { forestWriter } from "./flavors/forest-flavor.ts";
import { saveInputExample } from "./mlmodel/input-example.ts";
import type { MlModel } from "./mlmodel/ml-model.ts";
import { writeMlModel } from "./mlmodel/ml-model-file.ts";
import { inferSignature } from "./signature/infer-signature.ts";
import type { ModelSignature } from "./signature/signature.ts";

/** What `saveModel` writes into the `MLmodel` file in addition to the model itself. */
export type SaveModelOptions = {
  /** Default: inferred from `inputExample`, or else from the columns that the model was fitted on. */
  readonly signature?: ModelSignature | undefined;
  /** Features only, without the label. The first few rows are saved with the model. */
  readonly inputExample?: Frame | undefined;
  readonly runId?: string | undefined;
  /** The id of the logged model that the folder will belong to. */
  readonly modelId?: string | undefined;
  /** Where the folder will be logged. */
  readonly artifactPath?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly clock?: Clock | undefined;
};

/** All supported kinds of models; the first match is used. */
const WRITERS: readonly FlavorWriter[] = [forestWriter];

/**
 * Saves a model as a folder with an MLmodel file, which every MLflow tool recognizes. Creates the folder, which must be
 * absent or empty. Returns the content of the MLmodel file.
 *
 * Throws `INVALID_PARAMETER_VALUE` if no flavor can save the model, and `RESOURCE_ALREADY_EXISTS` if the folder is not
 * empty.
 *
 * @example
 * ```ts
 * await saveModel(model, "airline-model", { inputExample: test.drop(["ArrDelayBinary"]) });
 * const scorer = await loadModel("airline-model");
 * ```
 */
export async function saveModel(
  model: unknown,
  dir: string,
  options: SaveModelOptions = {},
): Promise<MlModel> {
  const flavor = flavorFor(model);
  const { inputExample, signature = defaultSignature(flavor.inputs(model), inputExample) } = options;
  checkSignature(signature, flavor.inputs(model));
  await makeEmptyFolder(dir);
  const flavors = await flavor.save(model, dir);
  const example = inputExample && (await saveInputExample(dir, inputExample));
  const mlModel: MlModel = {
    ...provenance(options),
    flavors,
    signature,
    modelSizeBytes: await folderBytes(dir),
    savedInputExampleInfo: example,
    metadata: options.metadata,
  };
  await writeMlModel(dir, mlModel);
  return mlModel;
}

function flavorFor(model: unknown): FlavorWriter {
  const flavor = WRITERS.find((candidate) => candidate.canSave(model));
  if (flavor !== undefined) return flavor;
  const names = WRITERS.map((candidate) => candidate.name).join(", ");
  const got = model instanceof Object ? model.constructor.name : String(model);
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `a model must be of one of the flavours ${names}, got ${got}`,
  );
}

function provenance(
  options: SaveModelOptions,
): Pick<
  MlModel,
  "artifactPath" | "runId" | "modelId" | "modelUuid" | "utcTimeCreated" | "mlflowVersion" | "flavors"
> {
  const { artifactPath, runId, modelId, clock = systemClock } = options;
  return {
    modelUuid: modelId ?? newId(), // Like MLflow's client: a logged model's id is also its uuid.
    utcTimeCreated: formatUtc(clock.nowMs()),
    mlflowVersion: MLFLOW_VERSION, // MLflow's tools then read the file without a warning.
    flavors: {},
    artifactPath,
    runId,
    modelId,
  };
}

/** Formats a UTC time as Python does: a space instead of the T, no time zone, microseconds. */
function formatUtc(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("T", " ").replace("Z", "000");
}

function defaultSignature(inputs: FlavorInput, example: Frame | undefined): ModelSignature {
  if (example !== undefined) return inferSignature(example.select(inputs.map(({ name }) => name)));
  return { inputs: { kind: "columns", columns: inputs } };
}

/** A signature may have more columns than the model uses, never fewer. */
function checkSignature({ inputs }: ModelSignature, needed: FlavorInput): void {
  if (inputs === undefined) return;
  const names = inputs.kind === "columns" ? inputs.columns.map(({ name }) => name) : [];
  const missing = needed.find(({ name }) => !names.includes(name));
  if (missing === undefined) return;
  const message = `the signature must have every column of the model; ${missing.name} is not among its inputs`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

async function makeEmptyFolder(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const [first] = await readdir(dir);
  if (first === undefined) return;
  throw new AppError("RESOURCE_ALREADY_EXISTS", `the folder ${dir} must be empty, but contains ${first}`);
}

async function folderBytes(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const stats = await Promise.all(files.map((file) => stat(join(file.parentPath, file.name))));
  return stats.reduce((sum, { size }) => sum + size, 0);
}
