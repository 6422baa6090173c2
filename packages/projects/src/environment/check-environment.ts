import { AppError } from "@flightdeck/core";
import type { Project, ProjectEnvironment } from "../project/project.ts";

/** MLflow's names for what builds a Python environment; `local` builds none. */
export const ENV_MANAGERS = ["local", "virtualenv", "uv", "conda"] as const;
/** One of those names. */
export type EnvManager = (typeof ENV_MANAGERS)[number];

/**
 * Checks that a project can run in the environment asked for. Without a request, a project that declares no environment
 * runs in the local one. Only `local` is there yet: everything else throws `NOT_IMPLEMENTED` and says what to do.
 */
export function checkEnvironment(project: Project, requested: string | undefined): void {
  const { environment } = project;
  if (requested !== undefined && !isEnvManager(requested)) {
    const message = `env manager must be one of ${ENV_MANAGERS.join(", ")}, got "${requested}"`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  if (environment?.kind === "docker_env")
    throw notThereYet(`docker_env (image ${environment.definition})`, "remove it");
  if (requested === "local") return;
  if (environment !== undefined) throw notThereYet(shown(environment), "pass --env-manager local");
  if (requested !== undefined) throw notThereYet(`--env-manager ${requested}`, "pass --env-manager local");
}

function isEnvManager(name: string): name is EnvManager {
  return (ENV_MANAGERS as readonly string[]).includes(name); // Widened: `includes` takes only members otherwise.
}

function shown({ kind, definition }: ProjectEnvironment): string {
  return `${kind} (${definition})`;
}

function notThereYet(what: string, remedy: string): AppError {
  const message = `environments are not built yet, and the project asks for ${what}: install what it needs yourself and ${remedy} to run with the programs on PATH`;
  return new AppError("NOT_IMPLEMENTED", message);
}
