import type { MlflowClient } from "@flightdeck/client";
import { AppError, isAppError } from "@flightdeck/core";

export type ExperimentChoice = {
  readonly experimentName?: string | undefined;
  readonly experimentId?: string | undefined;
};

/** Where runs go when no experiment is named: the one that every store begins with. */
const DEFAULT_EXPERIMENT_ID = "0";

/**
 * The id of the experiment asked for, else of the environment's (`MLFLOW_EXPERIMENT_NAME`, then `MLFLOW_EXPERIMENT_ID`),
 * else the default one. An experiment named but not there is created, as MLflow does; an id must exist.
 */
export async function resolveExperiment(
  client: MlflowClient,
  choice: ExperimentChoice,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const { experimentName, experimentId } = choice;
  if (experimentName !== undefined && experimentId !== undefined) {
    throw new AppError("INVALID_PARAMETER_VALUE", "specify only one of experiment name and experiment id");
  }
  if (experimentId !== undefined) return await existing(client, experimentId);
  if (experimentName !== undefined) return await byName(client, experimentName);
  const { MLFLOW_EXPERIMENT_NAME: envName, MLFLOW_EXPERIMENT_ID: envId } = env;
  if (envName) return await byName(client, envName);
  return envId ? await existing(client, envId) : DEFAULT_EXPERIMENT_ID;
}

async function existing(client: MlflowClient, experimentId: string): Promise<string> {
  return (await client.getExperiment(experimentId)).experimentId;
}

async function byName(client: MlflowClient, name: string): Promise<string> {
  const found = await client.findExperimentByName(name);
  if (found !== undefined) return found.experimentId;
  try {
    return await client.createExperiment({ name });
  } catch (error) {
    if (!isAppError(error, "RESOURCE_ALREADY_EXISTS")) throw error;
    return (await client.getExperimentByName(name)).experimentId; // Someone else created it in between.
  }
}
