import type { MlflowClient } from "@flightdeck/client";
import { AppError } from "@flightdeck/core";
import { type Run, SYSTEM_TAGS } from "@flightdeck/protocol";

/** What the job left behind, read from the server as any client would. */
export type Results = {
  readonly experimentId: string;
  readonly trials: number;
  readonly bestParams: string;
  readonly bestAccuracy: number;
  readonly modelVersion: string;
  readonly fullPath: string;
};

/** Reads the newest search of an experiment and the newest version of the model that it registered. */
export async function findResults(
  client: MlflowClient,
  names: { readonly experiment: string; readonly registeredModel: string },
): Promise<Results> {
  const { experimentId } = await client.getExperimentByName(names.experiment);
  const parent = await newestSearch(client, experimentId);
  const trials = await client.searchRuns({
    experimentIds: [experimentId],
    filter: `tags.\`${SYSTEM_TAGS.parentRunId}\` = '${parent.info.runId}'`,
    orderBy: ["metrics.accuracy DESC"],
  });
  const best = trials.items[0];
  if (best === undefined) throw new AppError("RESOURCE_DOES_NOT_EXIST", "the search has no trials");
  const [version] = await client.getLatestVersions(names.registeredModel, []);
  if (version === undefined) throw new AppError("RESOURCE_DOES_NOT_EXIST", "the search registered no model");
  return {
    experimentId,
    trials: trials.items.length,
    bestParams: best.data.params.map(({ key, value }) => `${key}=${value}`).join(", "),
    bestAccuracy: best.data.metrics.find(({ key }) => key === "accuracy")?.value ?? Number.NaN,
    modelVersion: version.version,
    fullPath: await client.getModelVersionDownloadUri(version),
  };
}

async function newestSearch(client: MlflowClient, experimentId: string): Promise<Run> {
  const { items } = await client.searchRuns({
    experimentIds: [experimentId],
    filter: `tags.\`${SYSTEM_TAGS.projectEntryPoint}\` = 'hyperopt'`,
    maxResults: 1,
  });
  if (items[0] === undefined) throw new AppError("RESOURCE_DOES_NOT_EXIST", "the project left no run");
  return items[0];
}
