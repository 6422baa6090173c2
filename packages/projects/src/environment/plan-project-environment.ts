import {
  type EnvironmentPlan,
  findProgram,
  planEnvironment,
  type PlanEnvironmentOptions,
  readDefinition,
} from "@flightdeck/environments";
import { AppError } from "@flightdeck/core";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Project } from "../project/project.ts";

/**
 * The environment that a project runs in; undefined for the local one, which is meant by `local`, and by nothing when the
 * project declares none. A manager that is named builds an environment even then, with nothing in it, as MLflow does.
 *
 * Errors: `INVALID_PARAMETER_VALUE` for a definition that is wrong or cannot be built, and `NOT_IMPLEMENTED` for
 * `docker_env`.
 */
export async function planProjectEnvironment(
  project: Project,
  options: PlanEnvironmentOptions,
): Promise<EnvironmentPlan | undefined> {
  const { envManager: requested } = options;
  const { environment, folder } = project;
  if (environment?.kind === "docker_env") throw noDocker(environment.definition, options.env);
  if (requested === "local") return undefined;
  if (environment === undefined) {
    if (requested === undefined) return undefined;
    const nothing = { kind: "python_env", source: "an empty environment", folder, ...NO_PACKAGES } as const;
    return await planEnvironment(nothing, options);
  }
  const { kind, definition: source } = environment;
  if (kind === "node_env") await requireNoNodeModules(folder);
  const definition = await readDefinition({ path: join(folder, source), kind, source, folder });
  return await planEnvironment(definition, options);
}

/** Packages that someone put there are neither thrown away nor mixed with ours. A link is ours. */
async function requireNoNodeModules(folder: string): Promise<void> {
  const stats = await lstat(join(folder, "node_modules")).catch(() => undefined);
  if (stats?.isDirectory() !== true) return;
  const message = `the project asks for node_env and has a folder node_modules of its own: remove it, or pass --env-manager local to run with it`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

const NO_PACKAGES = { python: [], buildDependencies: [], dependencies: [] } as const;

function noDocker(image: string, env: PlanEnvironmentOptions["env"]): AppError {
  const reason =
    findProgram("docker", env) === undefined
      ? "there is no docker on PATH here, and containers are not started yet"
      : "containers are not started yet";
  const message = `the project asks for docker_env (image ${image}): ${reason}; remove docker_env to run with the programs on PATH`;
  return new AppError("NOT_IMPLEMENTED", message);
}
