import { checkArtifactPath } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";

/** Of the message, "specify all three levels" is what MLflow's clients look for, to name the other registry to use. */
const SAYS = "specify all three levels, <catalog>.<schema>.<model>, or a name without dots";

/**
 * Refuses a name that a new model cannot have: the Files API must find its versions at
 * `/Models/<catalog>/<schema>/<model>/<version>`, and those of a name without dots at `/Models/<model>/<version>`. The
 * latter is what a job gives that was written for the workspace's own registry. Two names never share a path.
 */
export function checkNewName(name: string): void {
  const levels = name.split(".");
  if (![1, 3].includes(levels.length) || levels.some((level) => level.trim() === "")) {
    throw invalidName(name, SAYS);
  }
  if (name.includes("/")) throw invalidName(name, "leave out '/'");
  checkArtifactPath(levels.join("/"));
  const [, schema] = levels;
  if (schema !== undefined && /^\d+$/.test(schema)) {
    throw invalidName(name, "give the schema a name that is no number, which would be read as a version");
  }
}

/** The name of a model that is renamed: a new name without dots stays in its schema. */
export function renamed(fullName: string, newName: string): string {
  if (newName.includes(".")) return newName;
  return fullName.slice(0, fullName.lastIndexOf(".") + 1) + newName;
}

/** Databricks runs a job when a model changes; nothing here would. */
export function refuseDeploymentJob(deploymentJobId: string | undefined): void {
  if (deploymentJobId === undefined || deploymentJobId === "") return;
  const message = `deployment_job_id must be empty: models have no deployment jobs here, got '${deploymentJobId}'`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** Both in one call would be two writes. */
export function refuseTwoChanges(newName: string | undefined, text: string | undefined): void {
  if (newName === undefined || newName === "" || text === undefined) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    "a model is renamed or described, not both in one call: got both",
  );
}

function invalidName(name: string, says: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `Invalid registered model name '${name}': ${says}.`);
}
