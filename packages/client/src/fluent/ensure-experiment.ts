import { invalid, isAppError } from "@flightdeck/core";
import type { Experiment } from "@flightdeck/protocol";
import type { MlflowClient } from "../rest/mlflow-client.ts";

/** Gets the experiment of that name, or creates it. Safe to call from several processes at once. */
export async function ensureExperiment(client: MlflowClient, name: string): Promise<Experiment> {
  const found = await client.findExperimentByName(name);
  if (found !== undefined) return checkActive(found);
  try {
    return await client.getExperiment(await client.createExperiment({ name }));
  } catch (error) {
    if (!isAppError(error, "RESOURCE_ALREADY_EXISTS")) throw error;
    return checkActive(await client.getExperimentByName(name)); // Another process created it first.
  }
}

function checkActive(experiment: Experiment): Experiment {
  if (experiment.lifecycleStage === "active") return experiment;
  throw invalid(
    `Cannot set a deleted experiment '${experiment.name}' as the active experiment; restore it first`,
  );
}
