import { AppError } from "@flightdeck/core";
import { databricksOptions } from "../databricks/databricks-options.ts";
import { UnityCatalogClient } from "../databricks/unity-catalog-calls.ts";
import { MlflowClient } from "../rest/mlflow-client.ts";
import { type Environment, trackingOptions } from "./tracking-environment.ts";

/**
 * The client of the tracking server that the environment names, or the URI. Its registry is that server's own, unless
 * `MLFLOW_REGISTRY_URI` is `databricks-uc` or `databricks-uc://PROFILE`: then it is Unity Catalog, of the same workspace.
 *
 * @example
 * ```ts
 * const client = openClient(process.env);
 * ```
 */
export function openClient(env: Environment, trackingUri?: string): MlflowClient {
  const options = trackingOptions(env, trackingUri);
  const [isCatalog, rest = ""] = /^databricks-uc(:\/\/.*)?$/.exec(env["MLFLOW_REGISTRY_URI"] ?? "") ?? [];
  if (isCatalog === undefined) return new MlflowClient(options);
  const registry = databricksOptions(`databricks${rest}`, env);
  const client = new UnityCatalogClient({ ...options, ...registry });
  const tracking = new URL(options.trackingUri).origin;
  if (new URL(client.baseUrl).origin === tracking) return client;
  const message = `the registry ${isCatalog} is at ${client.baseUrl}, and runs are tracked at ${tracking}: both must be one workspace`;
  throw new AppError("NOT_IMPLEMENTED", message);
}
