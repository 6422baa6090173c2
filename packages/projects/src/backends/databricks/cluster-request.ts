import { type AppError, invalid, isObject } from "@flightdeck/core";
import type { BackendConfig } from "../project-backend.ts";

/** A library of a job: `{ pypi: { package } }`, `{ whl }` and others, passed through unchanged. */
export type Library = Readonly<Record<string, unknown>>;

/** The cluster that a job runs on. */
export type ClusterRequest = { readonly newCluster: BackendConfig; readonly libraries: readonly Library[] };

/** MLflow's wording, because people search for it. */
const NO_CONFIG = "Backend spec must be provided when launching MLflow project runs on Databricks.";
const EXISTING_CLUSTER =
  "MLflow Project runs on Databricks must provide a *new cluster* specification. Project execution against existing clusters is not currently supported.";

/**
 * Reads a backend's configuration as a cluster: the definition itself, or `{ new_cluster, libraries }`. Throws
 * `INVALID_PARAMETER_VALUE` for a missing configuration, an existing cluster, or fields of the wrong type.
 */
export function parseClusterRequest(config: BackendConfig | undefined): ClusterRequest {
  if (config === undefined) {
    const message = `${NO_CONFIG} Pass a cluster definition as --backend-config: JSON, or the path of a .json file`;
    throw invalid(message);
  }
  if ("existing_cluster_id" in config) throw invalid(EXISTING_CLUSTER);
  if (!("new_cluster" in config)) return { newCluster: config, libraries: [] };
  const { new_cluster: newCluster, libraries = [] } = config;
  if (!isObject(newCluster)) throw wrong("new_cluster must be an object", newCluster);
  if (!Array.isArray(libraries) || !libraries.every(isObject))
    throw wrong("libraries must be a list of objects", libraries);
  return { newCluster, libraries };
}

function wrong(problem: string, got: unknown): AppError {
  return invalid(`backend config: ${problem}, got ${JSON.stringify(got)}`);
}
