import { isDatabricksUri } from "@flightdeck/client";
import { AppError, invalid, isAppError, isObject, messageOf, parseJson } from "@flightdeck/core";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseClusterRequest } from "./databricks/cluster-request.ts";
import { localBackend } from "./local-backend.ts";
import type { BackendCheck, BackendConfig, ProjectBackend } from "./project-backend.ts";

/**
 * Runs a project as a job in a Databricks workspace, with the same requests as `mlflow run -b databricks`. Cancelling
 * cancels the job. If the client is killed or does not wait, the job keeps running.
 */
export const databricksBackend: ProjectBackend = {
  name: "databricks",
  isRemote: true,
  check: checkDatabricks,
  async launch(checked, launch) {
    const { launchJob } = await import("./databricks/launch-job.ts"); // Most projects run on this machine.
    return await launchJob(checked, launch);
  },
};

const BACKENDS: readonly ProjectBackend[] = [localBackend, databricksBackend];

/** MLflow backends that we do not support yet. */
const UNSUPPORTED: readonly string[] = ["kubernetes"];

/** The backend with the given name. Throws `NOT_IMPLEMENTED` for MLflow's other backends, else `INVALID_PARAMETER_VALUE`. */
export function getBackend(name: string): ProjectBackend {
  const backend = BACKENDS.find((each) => each.name === name);
  if (backend !== undefined) return backend;
  const names = BACKENDS.map((each) => each.name).join(", ");
  if (UNSUPPORTED.includes(name)) {
    throw new AppError("NOT_IMPLEMENTED", `backend ${name} is not supported yet; use one of: ${names}`);
  }
  throw invalid(`backend must be one of ${names}, got "${name}"`);
}

/**
 * Parses a backend's configuration as given on the command line: the path of a `.json` file, or JSON itself. Throws
 * `INVALID_PARAMETER_VALUE` for anything but a JSON object, with line and column of a syntax error.
 */
export async function parseBackendConfig(given: string, cwd: string): Promise<BackendConfig> {
  const isFile = given.endsWith(".json");
  const shown = isFile ? `backend config ${given}` : "backend config";
  const text = isFile ? await readText(resolve(cwd, given), shown) : given;
  const parsed = parseGiven(text, shown, isFile);
  if (isObject(parsed)) return parsed;
  const kind = Array.isArray(parsed) ? "a list" : JSON.stringify(parsed);
  throw invalid(`${shown} must be a JSON object, got ${kind}`);
}

async function readText(path: string, shown: string): Promise<string> {
  return await readFile(path, "utf8").catch((cause: unknown) => {
    const message = `${shown} cannot be read: ${messageOf(cause)}`;
    throw invalid(message, { cause });
  });
}

function parseGiven(text: string, shown: string, isFile: boolean): unknown {
  try {
    return parseJson(text, shown);
  } catch (error) {
    if (isFile || !isAppError(error)) throw error;
    const message = `${error.message}; it must be JSON or the path of a .json file`;
    throw new AppError(error.code, message, { cause: error });
  }
}

function checkDatabricks({ project, request, trackingUri }: BackendCheck): void {
  parseClusterRequest(request.backendConfig);
  const [given] = Object.keys(request.parameters);
  if (project.sparkJob?.pythonFile !== undefined && given !== undefined) {
    const message = `${project.sparkJob.pythonFile} takes only the parameters listed in databricks_spark_job: leave out -P ${given}`;
    throw invalid(message);
  }
  if (project.environment?.kind === "docker_env") {
    const message = "Running docker-based projects on Databricks is not yet supported.";
    throw invalid(message);
  }
  if (isDatabricksUri(trackingUri) || /^https?:/i.test(trackingUri)) return;
  const shown = trackingUri === "" ? "none" : JSON.stringify(trackingUri);
  const message = `When running on Databricks, the MLflow tracking URI must be of the form 'databricks' or 'databricks://profile', or a remote HTTP URI accessible to both the current client and code running on Databricks: set MLFLOW_TRACKING_URI, got ${shown}`;
  throw invalid(message);
}
