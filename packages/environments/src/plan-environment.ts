import { AppError } from "@flightdeck/core";
import type { EnvironmentDefinition } from "./definition/environment-definition.ts";
import { condaManager, findConda } from "./managers/conda-manager.ts";
import type { EnvironmentManager, EnvironmentPlan, PlanOptions } from "./managers/environment-manager.ts";
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
 * The plan for a definition, by the manager named or by the one that fits. Throws `INVALID_PARAMETER_VALUE` for a
 * definition that cannot be built so, and for `local`, which builds nothing.
 */
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
