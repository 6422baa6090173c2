import { AppError } from "@flightdeck/core";
import { readMlModel } from "@flightdeck/models";

/** Throws `INVALID_PARAMETER_VALUE` for a folder that is no model, or a model that Unity Catalog does not take. */
export async function checkModelFolder(folder: string): Promise<void> {
  const { signature } = await readMlModel(folder);
  if (signature?.outputs !== undefined) return;
  const message =
    "Unity Catalog takes only models whose signature tells of inputs and outputs; log it with inferSignature(features, predictions)";
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
