import { delimiter, dirname } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

export type RunReference = {
  readonly runId: string;
  readonly experimentId: string;
  readonly trackingUri: string;
};

/**
 * The environment of a project's process: ours, the run to log to, and the running Node first on PATH, so that `node`
 * in a command is a Node that runs TypeScript, unless the project's environment brings one. Python writes its output as it comes, not when a buffer is full.
 */
export function processEnvironment(run: RunReference, env: Environment): Environment {
  // The id is the one that counts: clients refuse a name beside it that is another experiment's.
  const { MLFLOW_EXPERIMENT_NAME: _, ...rest } = env;
  const path = rest["PATH"];
  const node = dirname(process.execPath);
  return {
    PYTHONUNBUFFERED: "1",
    ...rest,
    PATH: path === undefined || path === "" ? node : `${node}${delimiter}${path}`,
    MLFLOW_RUN_ID: run.runId,
    MLFLOW_EXPERIMENT_ID: run.experimentId,
    MLFLOW_TRACKING_URI: run.trackingUri,
  };
}
