import { AppError } from "@flightdeck/core";
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { expandRequirements } from "../python/expand-requirements.ts";
import type { BuildContext, EnvironmentManager } from "./environment-manager.ts";
import { findProgram, isProgram } from "./find-program.ts";
import { runTool } from "./run-tool.ts";

const PROGRAMS: readonly string[] = ["conda", "mamba", "micromamba"];
/** Nobody is there to answer a question. */
const ANSWERS = { CONDA_ALWAYS_YES: "true", MAMBA_ALWAYS_YES: "true", MAMBA_NO_BANNER: "1" };

/** Environments by conda, mamba or micromamba, from a conda file. */
export const condaManager: EnvironmentManager = {
  name: "conda",
  async plan(definition, { env }) {
    if (definition.kind !== "conda_env") {
      const message = `${definition.kind} projects cannot be run with conda: leave --env-manager out`;
      throw new AppError("INVALID_PARAMETER_VALUE", message);
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
          what: `${basename(program)} could not make the environment`,
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

/** The conda program of this machine; `MLFLOW_CONDA_HOME` names one as for MLflow. */
export function findConda(env: BuildContext["env"]): string | undefined {
  const { MLFLOW_CONDA_HOME: home, CONDA_EXE, MAMBA_EXE } = env;
  const own = home ? join(home, "bin", "conda") : undefined;
  const onPath = PROGRAMS.map((name) => findProgram(name, env)).find((program) => program !== undefined);
  return [own, onPath, CONDA_EXE, MAMBA_EXE].find((each) => each !== undefined && isProgram(each));
}

function requireConda(env: BuildContext["env"]): string {
  const program = findConda(env);
  if (program !== undefined) return program;
  const message = `--env-manager conda needs one of ${PROGRAMS.join(", ")} on PATH, and none is there: install one, or pass --env-manager uv`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function createCommand(program: string, folder: string, file: string): readonly [string, ...string[]] {
  const create = basename(program) === "micromamba" ? ["create", "--yes"] : ["env", "create"];
  return [program, ...create, "--prefix", folder, "--file", file];
}

/** What `conda activate` reads besides setting PATH: some packages set their variables there. */
function activationScripts(folder: string): readonly string[] {
  const scripts = join(folder, "etc", "conda", "activate.d");
  if (!existsSync(scripts)) return [];
  const names = readdirSync(scripts).filter((name) => name.endsWith(".sh"));
  return names.toSorted().map((name) => join(scripts, name));
}
