import { AppError } from "@flightdeck/core";
import { databricksBackend } from "./databricks/databricks-backend.ts";
import { localBackend } from "./local-backend.ts";
import type { ProjectBackend } from "./project-backend.ts";

const BACKENDS: readonly ProjectBackend[] = [localBackend, databricksBackend];
/** Backends of MLflow that are not there yet. */
const LATER: readonly string[] = ["kubernetes"];

/** The backend of that name. Throws `NOT_IMPLEMENTED` for MLflow's others, `INVALID_PARAMETER_VALUE` for any else. */
export function getBackend(name: string): ProjectBackend {
  const backend = BACKENDS.find((each) => each.name === name);
  if (backend !== undefined) return backend;
  const names = BACKENDS.map((each) => each.name).join(", ");
  if (LATER.includes(name)) {
    throw new AppError("NOT_IMPLEMENTED", `backend ${name} is not there yet; there is: ${names}`);
  }
  throw new AppError("INVALID_PARAMETER_VALUE", `backend must be one of ${names}, got "${name}"`);
}
