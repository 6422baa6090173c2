import { isDatabricksUri } from "@flightdeck/client";
import { AppError } from "@flightdeck/core";
import type { BackendCheck, ProjectBackend } from "../project-backend.ts";
import { parseClusterRequest } from "./cluster-request.ts";

/**
 * Runs a project as a job of a Databricks workspace, with the requests of `mlflow run -b databricks`. Cancelling cancels
 * the job. A job outlives a client that is killed, or that does not wait.
 */
export const databricksBackend: ProjectBackend = {
  name: "databricks",
  isRemote: true,
  check,
  async launch(job) {
    const { launchJob } = await import("./launch-job.ts"); // Most projects run on this machine.
    return await launchJob(job);
  },
};

function check({ project, request, trackingUri }: BackendCheck): void {
  parseClusterRequest(request.backendConfig);
  const [given] = Object.keys(request.parameters);
  if (project.sparkJob?.pythonFile !== undefined && given !== undefined) {
    const message = `${project.sparkJob.pythonFile} gets the parameters that databricks_spark_job lists, and no others: leave out -P ${given}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  if (project.environment?.kind === "docker_env") {
    const message = "Running docker-based projects on Databricks is not yet supported.";
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  if (isDatabricksUri(trackingUri) || /^https?:/i.test(trackingUri)) return;
  const shown = trackingUri === "" ? "none" : JSON.stringify(trackingUri);
  const message = `When running on Databricks, the MLflow tracking URI must be of the form 'databricks' or 'databricks://profile', or a remote HTTP URI accessible to both the current client and code running on Databricks: set MLFLOW_TRACKING_URI, got ${shown}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
