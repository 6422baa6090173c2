import { AppError } from "@flightdeck/core";
import type { BackendConfig } from "../parse-backend-config.ts";

/** A library of a job: `{ pypi: { package } }`, `{ whl }` and others, handed on as they are. */
export type Library = Readonly<Record<string, unknown>>;

/** The cluster that a job asks for. */
export type ClusterRequest = { readonly newCluster: BackendConfig; readonly libraries: readonly Library[] };

/** MLflow's wording, which people search for. */
const NO_CONFIG = "Backend spec must be provided when launching MLflow project runs on Databricks.";
const EXISTING_CLUSTER =
  "MLflow Project runs on Databricks must provide a *new cluster* specification. Project execution against existing clusters is not currently supported.";

/**
 * Reads a backend's configuration as a cluster: the definition itself, or `{ new_cluster, libraries }`. Throws
 * `INVALID_PARAMETER_VALUE` when there is none, for an existing cluster, and for parts of the wrong kind.
 */
export function parseClusterRequest(config: BackendConfig | undefined): ClusterRequest {
  if (config === undefined) {
    const message = `${NO_CONFIG} Give --backend-config a cluster definition: JSON, or the path of a .json file`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  if ("existing_cluster_id" in config) throw new AppError("INVALID_PARAMETER_VALUE", EXISTING_CLUSTER);
  if (!("new_cluster" in config)) return { newCluster: config, libraries: [] };
  const { new_cluster: newCluster, libraries = [] } = config;
  if (!isObject(newCluster)) throw wrong("new_cluster must be an object", newCluster);
  if (!Array.isArray(libraries) || !libraries.every(isObject))
    throw wrong("libraries must be a list of objects", libraries);
  return { newCluster, libraries };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(problem: string, got: unknown): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `backend config: ${problem}, got ${JSON.stringify(got)}`);
}
