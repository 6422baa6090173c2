import { invalid } from "@flightdeck/core";
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { expandRequirements } from "../python/expand-requirements.ts";
import type { BuildContext, EnvironmentManager } from "../environment-plan.ts";
import { findProgram, isProgram, runTool } from "./tools.ts";

const PROGRAMS: readonly string[] = ["conda", "mamba", "micromamba"];
/** conda must not prompt. */
const ANSWERS = { CONDA_ALWAYS_YES: "true", MAMBA_ALWAYS_YES: "true", MAMBA_NO_BANNER: "1" };

/** Builds environments from conda files, with conda, mamba or micromamba. */
export const condaManager: EnvironmentManager = {
  name: "conda",
  async plan(definition, { env }) {
    if (definition.kind !== "conda_env") {
      const message = `${definition.kind} projects cannot be run with conda: leave out --env-manager`;
      throw invalid(message);
    }
    const program = requireConda(env);
    const { contents } = await expandRequirements(definition.dependencies, definition);
    return {
      manager: "conda",
      source: definition.source,
      identity: [definition.text, ...contents],
      check: async () => [],
      build: async (folder, context) => {
        const { file, folder: cwd } = definition;
        await runTool({
          ...context,
          argv: createCommand(program, folder, file),
          cwd,
          env: { ...context.env, ...ANSWERS },
          what: `${basename(program)} could not create the environment`,
        });
      },
      isUsable: () => true,
      activation: (folder) => ({
        path: [join(folder, "bin")],
        variables: { CONDA_PREFIX: folder, CONDA_DEFAULT_ENV: folder, PYTHONHOME: undefined },
        scripts: activationScripts(folder),
      }),
    };
  },
};

/** The installed conda program. As in MLflow, `MLFLOW_CONDA_HOME` can name one. */
export function findConda(env: BuildContext["env"]): string | undefined {
  const { MLFLOW_CONDA_HOME: home, CONDA_EXE, MAMBA_EXE } = env;
  const own = home ? join(home, "bin", "conda") : undefined;
  const onPath = PROGRAMS.map((name) => findProgram(name, env)).find((program) => program !== undefined);
  return [own, onPath, CONDA_EXE, MAMBA_EXE].find((each) => each !== undefined && isProgram(each));
}

function requireConda(env: BuildContext["env"]): string {
  const program = findConda(env);
  if (program !== undefined) return program;
  const message = `--env-manager conda needs one of ${PROGRAMS.join(", ")} on PATH, but none was found: install one, or pass --env-manager uv`;
  throw invalid(message);
}

function createCommand(program: string, folder: string, file: string): readonly [string, ...string[]] {
  const create = basename(program) === "micromamba" ? ["create", "--yes"] : ["env", "create"];
  return [program, ...create, "--prefix", folder, "--file", file];
}

/** The scripts that `conda activate` sources: some packages set variables in them. */
function activationScripts(folder: string): readonly string[] {
  const scripts = join(folder, "etc", "conda", "activate.d");
  if (!existsSync(scripts)) return [];
  const names = readdirSync(scripts).filter((name) => name.endsWith(".sh"));
  return names.toSorted().map((name) => join(scripts, name));
}
