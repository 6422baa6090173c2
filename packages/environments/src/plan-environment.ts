import { invalid } from "@flightdeck/core";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import type { EnvironmentDefinition } from "./definition/environment-definition.ts";
import { condaManager, findConda } from "./managers/conda-manager.ts";
import type { EnvironmentManager, EnvironmentPlan, PlanOptions } from "./environment-plan.ts";
import { runTool } from "./managers/tools.ts";
import { uvManager, virtualenvManager } from "./managers/python-managers.ts";

/** MLflow's names of Python environment managers; `local` builds no environment. */
export const ENV_MANAGERS = ["local", "virtualenv", "uv", "conda"] as const;
/** One of those names. */
export type EnvManager = (typeof ENV_MANAGERS)[number];

const MANAGERS: Readonly<Record<Exclude<EnvManager, "local">, EnvironmentManager>> = {
  virtualenv: virtualenvManager,
  uv: uvManager,
  conda: condaManager,
};

/** How to build an environment: with which manager, and how strictly. */
export type PlanEnvironmentOptions = PlanOptions & {
  /** One of `ENV_MANAGERS`; default: chosen by the definition. */
  readonly envManager?: string | undefined;
};

/** Installs `node_modules` with `npm ci`, from a `package.json` and its lockfile. */
const npmManager: EnvironmentManager = {
  name: "npm",
  async plan(definition) {
    if (definition.kind !== "node_env") {
      throw invalid(`npm cannot build a ${definition.kind}`);
    }
    const { files, source } = definition;
    requireNoLocalPackages(files.get("package-lock.json") ?? "", source);
    return {
      manager: "npm",
      source,
      // Native modules are compiled for one version of Node's ABI.
      identity: [process.versions.modules, ...[...files].flat()],
      check: async () => [],
      build: async (folder, context) => {
        await mkdir(folder);
        for (const [name, text] of files) await writeFile(join(folder, name), text);
        const argv = ["npm", "ci", "--no-audit", "--no-fund", "--no-color"] as const;
        const path = `${dirname(process.execPath)}${delimiter}${context.env["PATH"] ?? ""}`;
        const env = { ...context.env, PATH: path };
        await runTool({ ...context, env, argv, cwd: folder, what: "npm ci failed" });
      },
      isUsable: (folder) => existsSync(join(folder, "package.json")),
      activation: (folder) => ({
        path: [join(folder, "node_modules", ".bin")],
        variables: {},
        nodeModules: join(folder, "node_modules"),
      }),
    };
  },
};

/**
 * Plans how to build a definition, with the requested manager or the default one for its kind. Throws
 * `INVALID_PARAMETER_VALUE` for a definition that the manager cannot build, and for `local`, which builds nothing.
 */
export async function planEnvironment(
  definition: EnvironmentDefinition,
  options: PlanEnvironmentOptions,
): Promise<EnvironmentPlan> {
  const requested = checkedManager(options.envManager);
  if (requested === "local") {
    throw invalid("env manager local builds no environment");
  }
  const manager = requested === undefined ? defaultManager(definition, options.env) : MANAGERS[requested];
  return await manager.plan(definition, options);
}

function defaultManager({ kind }: EnvironmentDefinition, env: PlanOptions["env"]): EnvironmentManager {
  if (kind === "node_env") return npmManager;
  return kind === "conda_env" && findConda(env) !== undefined ? condaManager : uvManager;
}

function checkedManager(name: string | undefined): EnvManager | undefined {
  if (name === undefined || isEnvManager(name)) return name;
  const message = `env manager must be one of ${ENV_MANAGERS.join(", ")}, got "${name}"`;
  throw invalid(message);
}

function isEnvManager(name: string): name is EnvManager {
  return (ENV_MANAGERS as readonly string[]).includes(name); // Widened: `includes` takes only members otherwise.
}

/** A relative path in the lockfile would point elsewhere from the copy in the cache. */
function requireNoLocalPackages(lockfile: string, source: string): void {
  const local = /"(?:resolved)":\s*"(?<path>file:[^"]*)"|"link":\s*true/.exec(lockfile);
  if (local === null) return;
  const message = `node_env ${source} depends on a local package (${local.groups?.["path"] ?? "a link"}), which cannot be cached: install it yourself and pass --env-manager local`;
  throw invalid(message);
}
