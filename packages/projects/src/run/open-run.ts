import type { MlflowClient } from "@flightdeck/client";
import { LIMITS, type Param, type Run, type Tag } from "@flightdeck/protocol";
import type { ResolvedParameters } from "../parameters/resolve-parameters.ts";
import { type ExperimentChoice, resolveExperiment } from "./resolve-experiment.ts";

export type OpenRunOptions = ExperimentChoice & {
  /** An existing run to use instead of a new one; its tags and parameters are left alone. */
  readonly runId?: string | undefined;
  readonly runName?: string | undefined;
  readonly tags: readonly Tag[];
  readonly parameters: ResolvedParameters;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/**
 * The run of a project: a new one with its tags and parameters, or the one named. Parameters are recorded as they were
 * given: not quoted for the shell, and a path's URI rather than where it was downloaded.
 */
export async function openRun(client: MlflowClient, options: OpenRunOptions): Promise<Run["info"]> {
  const { runId, runName, tags } = options;
  if (runId !== undefined) return await client.updateRun({ runId, status: "RUNNING", runName });
  const experimentId = await resolveExperiment(client, options, options.env);
  const user = tags.find(({ key }) => key === "mlflow.user")?.value;
  const { info } = await client.createRun({ experimentId, runName, tags, userId: user });
  try {
    await logParams(client, info.runId, paramsOf(options.parameters));
  } catch (error) {
    await client.updateRun({ runId: info.runId, status: "FAILED", endTimeMs: Date.now() });
    throw error;
  }
  return info;
}

function paramsOf({ declared, extra }: ResolvedParameters): readonly Param[] {
  return [
    ...declared.map(({ parameter, value }) => ({ key: parameter.name, value })),
    ...[...extra].map(([key, value]) => ({ key, value })),
  ];
}

async function logParams(client: MlflowClient, runId: string, params: readonly Param[]): Promise<void> {
  for (let at = 0; at < params.length; at += LIMITS.batchParamsMax) {
    await client.logBatch({ runId, params: params.slice(at, at + LIMITS.batchParamsMax) });
  }
}
