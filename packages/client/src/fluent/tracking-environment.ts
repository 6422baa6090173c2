import { AppError } from "@flightdeck/core";
import { databricksOptions, isDatabricksUri } from "../databricks/databricks-options.ts";
import type { RestClientOptions } from "../rest/rest-client.ts";

/** Environment variables as `process.env` has them. */
export type Environment = Record<string, string | undefined>;

/** Address and credentials of the tracking server, from MLflow's variables, or Databricks' own. */
export function trackingOptions(env: Environment, trackingUri: string | undefined): RestClientOptions {
  const uri = trackingUri ?? present(env.MLFLOW_TRACKING_URI);
  if (uri === undefined) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      "no tracking server is named: set MLFLOW_TRACKING_URI or call setTrackingUri, for example with http://127.0.0.1:5000",
    );
  }
  if (isDatabricksUri(uri)) return databricksOptions(uri, env);
  return { trackingUri: uri, ...serverLogin(env) };
}

export type ServerLogin = Pick<RestClientOptions, "token" | "username" | "password">;

/** The login for an MLflow tracking server. An empty variable counts as none, as in MLflow's own client. */
export function serverLogin(env: Environment): ServerLogin {
  return {
    token: present(env.MLFLOW_TRACKING_TOKEN),
    username: present(env.MLFLOW_TRACKING_USERNAME),
    password: present(env.MLFLOW_TRACKING_PASSWORD),
  };
}

/** The run to attach to, as `mlflow run` hands it down. Given once: a later run, or a child process, is a new one. */
export function takeRunId(env: Environment): string | undefined {
  const runId = present(env.MLFLOW_RUN_ID);
  delete env.MLFLOW_RUN_ID;
  return runId;
}

/** The experiment that the environment names; undefined when it names none. */
export function experimentOf(env: Environment): {
  readonly experimentId?: string | undefined;
  readonly name?: string | undefined;
} {
  return { experimentId: present(env.MLFLOW_EXPERIMENT_ID), name: present(env.MLFLOW_EXPERIMENT_NAME) };
}

function present(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
