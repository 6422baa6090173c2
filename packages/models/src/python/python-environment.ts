import { AppError, isObject } from "@flightdeck/core";
import {
  activatedVariables,
  EnvironmentCache,
  type EnvironmentDefinition,
  type EnvironmentPlan,
  findUsualPython,
  type OnEnvironmentProgress,
  planEnvironment,
  readDefinition,
} from "@flightdeck/environments";
import { join } from "node:path";
import type { FlavorConfig } from "../mlmodel/ml-model.ts";
import { modelFile } from "../mlmodel/model-file.ts";

/** How to create a Python model's environment. */
export type PythonEnvironmentOptions = {
  /** The server's environment variables, which the model's process inherits. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One of `ENV_MANAGERS`; `local` uses the Python on PATH. Default: chosen by the model's files. */
  readonly envManager?: string | undefined;
  /** If the requested Python or packages are unavailable, use the closest Python and other package versions. */
  readonly bestEffort?: boolean | undefined;
  readonly onEnvironment?: OnEnvironmentProgress | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** A ready environment: its interpreter, and the variables for processes that run in it. */
export type PythonEnvironment = {
  readonly python: string;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/**
 * Creates the environment of a model folder. Models with the same requirements share one. Throws
 * `INVALID_PARAMETER_VALUE` if the files are invalid or cannot be satisfied, and `IO_ERROR` if packages cannot be
 * installed.
 */
export async function ensurePythonEnvironment(
  modelFolder: string,
  config: FlavorConfig,
  options: PythonEnvironmentOptions,
): Promise<PythonEnvironment> {
  const { env, signal, onEnvironment, envManager } = options;
  if (envManager === "local") return { python: await localPython(env), env };
  const plan = await planModelEnvironment(modelFolder, config, options);
  const { folder } = await EnvironmentCache.ofUser(env).ensure(plan, {
    env,
    signal,
    onProgress: onEnvironment,
  });
  return { python: join(folder, "bin", "python"), env: activatedVariables(env, plan.activation(folder)) };
}

async function localPython(env: PythonEnvironmentOptions["env"]): Promise<string> {
  const found = await findUsualPython(env);
  if (found !== undefined) return found.path;
  throw new AppError("INVALID_PARAMETER_VALUE", "--env-manager local needs a python3 on PATH; there is none");
}

async function planModelEnvironment(
  modelFolder: string,
  config: FlavorConfig,
  { env, envManager, bestEffort = false }: PythonEnvironmentOptions,
): Promise<EnvironmentPlan> {
  const definition = await definitionOf(modelFolder, filesOf(config));
  return await planEnvironment(definition, { env, envManager, bestEffort });
}

type EnvironmentFiles = { readonly conda?: unknown; readonly virtualenv?: unknown };

/** MLflow 1 names only the conda file; later releases name both. */
function filesOf({ env }: FlavorConfig): EnvironmentFiles {
  if (typeof env === "string") return { conda: env };
  return isObject(env) ? env : {};
}

/**
 * Prefers `python_env.yaml`, which says the same as the conda file in fewer words. Its patch level of Python is that of
 * the machine that logged the model; any patch release of the same minor version loads the model too.
 */
async function definitionOf(modelFolder: string, files: EnvironmentFiles): Promise<EnvironmentDefinition> {
  const pythonEnv = await fileIn(modelFolder, files.virtualenv);
  if (pythonEnv !== undefined) {
    const definition = await readDefinition({ path: pythonEnv, kind: "python_env", folder: modelFolder });
    return withoutPatchLevel(definition);
  }
  const conda = await fileIn(modelFolder, files.conda);
  if (conda !== undefined) {
    return withoutPatchLevel(await readDefinition({ path: conda, kind: "conda_env", folder: modelFolder }));
  }
  const message = `${modelFolder} does not say which environment its model needs (flavors.python_function.env); pass --env-manager local to use the Python on PATH`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

const MINOR_VERSION = /^\d+\.\d+/;

function withoutPatchLevel(definition: EnvironmentDefinition): EnvironmentDefinition {
  if (definition.kind === "node_env") return definition;
  const python = definition.python.map((constraint) =>
    constraint.operator === "=" || constraint.operator === "=="
      ? { operator: "=" as const, version: MINOR_VERSION.exec(constraint.version)?.[0] ?? constraint.version }
      : constraint,
  );
  return { ...definition, python };
}

/** Resolves a file named in the MLmodel file, which must be inside the folder. Returns undefined if none is named. */
async function fileIn(modelFolder: string, name: unknown): Promise<string | undefined> {
  if (typeof name !== "string") return undefined;
  return await modelFile(modelFolder, "flavors.python_function.env", name);
}
