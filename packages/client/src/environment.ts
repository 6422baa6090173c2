import type { RestClientOptions } from "./rest/rest-client.ts";

/** Environment variables as `process.env` has them. */
export type Environment = Record<string, string | undefined>;

/** Credentials for a tracking server. */
export type ServerLogin = Pick<RestClientOptions, "token" | "username" | "password">;

/**
 * The login for an MLflow tracking server: MLFLOW_TRACKING_USERNAME with MLFLOW_TRACKING_PASSWORD, and
 * MLFLOW_TRACKING_TOKEN. A username with a password takes precedence over a token, as in MLflow's own client
 * (`mlflow/utils/rest_utils.py`). An empty variable counts as unset.
 *
 * @example
 * ```ts
 * const client = new MlflowClient({ trackingUri: "http://127.0.0.1:5000", ...serverLogin(process.env) });
 * ```
 */
export function serverLogin(env: Environment): ServerLogin {
  return {
    token: nonEmpty(env.MLFLOW_TRACKING_TOKEN),
    username: nonEmpty(env.MLFLOW_TRACKING_USERNAME),
    password: nonEmpty(env.MLFLOW_TRACKING_PASSWORD),
  };
}

/**
 * Takes the id of the run to resume, which `mlflow run` passes down. The variable is cleared, so later runs and child
 * processes create their own run.
 */
export function takeRunId(env: Environment): string | undefined {
  const runId = nonEmpty(env.MLFLOW_RUN_ID);
  delete env.MLFLOW_RUN_ID;
  return runId;
}

/** The experiment set by the environment, if any. */
export function experimentOf(env: Environment): {
  readonly experimentId?: string | undefined;
  readonly name?: string | undefined;
} {
  return { experimentId: nonEmpty(env.MLFLOW_EXPERIMENT_ID), name: nonEmpty(env.MLFLOW_EXPERIMENT_NAME) };
}

/** An empty variable counts as unset. */
export function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
