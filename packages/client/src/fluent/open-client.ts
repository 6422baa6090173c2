import { AppError, invalid } from "@flightdeck/core";
import { databricksOptions, isDatabricksUri } from "../databricks/databricks-options.ts";
import { UnityCatalogClient } from "../databricks/unity-catalog-calls.ts";
import { MlflowClient } from "../rest/mlflow-client.ts";
import { type Environment, nonEmpty, serverLogin } from "../environment.ts";
import type { RestClientOptions } from "../rest/rest-client.ts";

/**
 * Creates the client for the tracking server given by the URI or the environment. It uses that server's own registry,
 * unless `MLFLOW_REGISTRY_URI` is `databricks-uc` or `databricks-uc://PROFILE`, which selects Unity Catalog in the same
 * workspace.
 *
 * @example
 * ```ts
 * const client = openClient(process.env);
 * ```
 */
export function openClient(
  env: Environment,
  trackingUri?: string,
  retries: Pick<RestClientOptions, "retry" | "onRetry"> = {},
): MlflowClient {
  const options = { ...trackingOptions(env, trackingUri), ...retries };
  const [catalogUri, rest = ""] = /^databricks-uc(:\/\/.*)?$/.exec(env["MLFLOW_REGISTRY_URI"] ?? "") ?? [];
  if (catalogUri === undefined) return new MlflowClient(options);
  const noLogin = { token: undefined, username: undefined, password: undefined }; // Use only the workspace's login.
  const registry = { ...noLogin, ...databricksOptions(`databricks${rest}`, env) };
  const client = new UnityCatalogClient({ ...options, ...registry });
  const tracking = new URL(options.trackingUri).origin;
  if (new URL(client.baseUrl).origin === tracking) return client;
  const message = `the registry ${catalogUri} is at ${client.baseUrl}, but runs are tracked at ${tracking}: both must be the same workspace`;
  throw new AppError("NOT_IMPLEMENTED", message);
}

/** Address and credentials of the tracking server, from MLflow's or Databricks' environment variables. */
function trackingOptions(env: Environment, trackingUri: string | undefined): RestClientOptions {
  const uri = trackingUri ?? nonEmpty(env.MLFLOW_TRACKING_URI);
  if (uri === undefined) {
    throw invalid(
      "no tracking server is set: set MLFLOW_TRACKING_URI or call setTrackingUri, for example with http://127.0.0.1:5000",
    );
  }
  if (isDatabricksUri(uri)) return databricksOptions(uri, env);
  return { trackingUri: uri, ...serverLogin(env) };
}
