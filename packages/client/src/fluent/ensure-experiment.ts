import { AppError, isAppError } from "@flightdeck/core";
import type { Experiment } from "@flightdeck/protocol";
import type { MlflowClient } from "../rest/mlflow-client.ts";

/** The experiment of a name, created when there is none. Safe when several processes do it at once. */
export async function ensureExperiment(client: MlflowClient, name: string): Promise<Experiment> {
  const found = await client.findExperimentByName(name);
  if (found !== undefined) return checkActive(found);
  try {
    return await client.getExperiment(await client.createExperiment({ name }));
  } catch (error) {
    if (!isAppError(error, "RESOURCE_ALREADY_EXISTS")) throw error;
    return checkActive(await client.getExperimentByName(name)); // Someone else was faster.
  }
}

function checkActive(experiment: Experiment): Experiment {
  if (experiment.lifecycleStage === "active") return experiment;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `Cannot set a deleted experiment '${experiment.name}' as the active experiment; restore it first`,
  );
}
