import { invalid } from "@flightdeck/core";
import { stat } from "node:fs/promises";
import { isAbsolute, relative, resolve } from "node:path";
import type { FlavorConfig, MlModel } from "./ml-model.ts";

/** A model's folder, its parsed MLmodel file and one flavor's entry in it. */
export type FlavorFiles = {
  readonly dir: string;
  readonly mlModel: MlModel;
  readonly config: FlavorConfig;
};

/**
 * Resolves a file that the MLmodel file names in `field`. Throws `INVALID_PARAMETER_VALUE` if it is missing or outside
 * the model folder.
 */
export async function modelFile(modelFolder: string, field: string, name: string): Promise<string> {
  const path = resolve(modelFolder, name);
  const below = relative(resolve(modelFolder), path);
  if (below === "" || below.startsWith("..") || isAbsolute(below)) {
    throw invalid(`MLmodel: ${field} must name a file of the model's folder, got ${name}`);
  }
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile()) return path;
  throw invalid(`MLmodel: ${field} names ${name}, which is missing`);
}

/** The file that a flavor's entry names as `data`. Throws `INVALID_PARAMETER_VALUE` if there is none. */
export async function dataFile({ dir, config }: FlavorFiles, flavor: string): Promise<string> {
  const field = `flavors.${flavor}.data`;
  if (typeof config["data"] !== "string") throw invalid(`MLmodel: ${field} must name a file`);
  return await modelFile(dir, field, config["data"]);
}
