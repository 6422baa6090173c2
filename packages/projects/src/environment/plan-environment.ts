import { AppError } from "@flightdeck/core";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Project } from "../project/project.ts";
import type { EnvironmentDefinition } from "./definition/environment-definition.ts";
import { readDefinition } from "./definition/read-definition.ts";
import { condaManager, findConda } from "./managers/conda-manager.ts";
import type { EnvironmentManager, EnvironmentPlan, PlanOptions } from "./managers/environment-manager.ts";
import { findProgram } from "./managers/find-program.ts";
import { npmManager } from "./managers/npm-manager.ts";
import { uvManager } from "./managers/uv-manager.ts";
import { virtualenvManager } from "./managers/virtualenv-manager.ts";

/** MLflow's names for what builds a Python environment; `local` builds none. */
export const ENV_MANAGERS = ["local", "virtualenv", "uv", "conda"] as const;
/** One of those names. */
export type EnvManager = (typeof ENV_MANAGERS)[number];

const MANAGERS: Readonly<Record<Exclude<EnvManager, "local">, EnvironmentManager>> = {
  virtualenv: virtualenvManager,
  uv: uvManager,
  conda: condaManager,
};

export type PlanEnvironmentOptions = PlanOptions & {
  /** One of `ENV_MANAGERS`; undefined: what fits the definition. */
  readonly envManager?: string | undefined;
};

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
  const requested = checkedManager(options.envManager);
  const { environment, folder } = project;
  if (environment?.kind === "docker_env") throw noDocker(environment.definition, options.env);
  if (requested === "local") return undefined;
  if (environment === undefined) {
    if (requested === undefined) return undefined;
    const nothing = { kind: "python_env", source: "an empty environment", folder, ...NO_PACKAGES } as const;
    return await MANAGERS[requested].plan(nothing, options);
  }
  const { kind, definition: source } = environment;
  if (kind === "node_env") await requireNoNodeModules(folder);
  const definition = await readDefinition({ path: join(folder, source), kind, source, folder });
  return await planEnvironment(definition, options);
}

/** The plan for a definition, by the manager named or by the one that fits. Errors as above. */
export async function planEnvironment(
  definition: EnvironmentDefinition,
  options: PlanEnvironmentOptions,
): Promise<EnvironmentPlan> {
  const requested = checkedManager(options.envManager);
  if (requested === "local") {
    throw new AppError("INVALID_PARAMETER_VALUE", "env manager local builds no environment");
  }
  const manager = requested === undefined ? fittingManager(definition, options.env) : MANAGERS[requested];
  return await manager.plan(definition, options);
}

/** Packages that someone put there are neither thrown away nor mixed with ours. A link is ours. */
async function requireNoNodeModules(folder: string): Promise<void> {
  const stats = await lstat(join(folder, "node_modules")).catch(() => undefined);
  if (stats?.isDirectory() !== true) return;
  const message = `the project asks for node_env and has a folder node_modules of its own: remove it, or pass --env-manager local to run with it`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

const NO_PACKAGES = { python: [], buildDependencies: [], dependencies: [] } as const;

function fittingManager({ kind }: EnvironmentDefinition, env: PlanOptions["env"]): EnvironmentManager {
  if (kind === "node_env") return npmManager;
  return kind === "conda_env" && findConda(env) !== undefined ? condaManager : uvManager;
}

function checkedManager(name: string | undefined): EnvManager | undefined {
  if (name === undefined || isEnvManager(name)) return name;
  const message = `env manager must be one of ${ENV_MANAGERS.join(", ")}, got "${name}"`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function isEnvManager(name: string): name is EnvManager {
  return (ENV_MANAGERS as readonly string[]).includes(name); // Widened: `includes` takes only members otherwise.
}

function noDocker(image: string, env: PlanOptions["env"]): AppError {
  const reason =
    findProgram("docker", env) === undefined
      ? "there is no docker on PATH here, and containers are not started yet"
      : "containers are not started yet";
  const message = `the project asks for docker_env (image ${image}): ${reason}; remove docker_env to run with the programs on PATH`;
  return new AppError("NOT_IMPLEMENTED", message);
}
