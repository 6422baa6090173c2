import { quoteForShell } from "@flightdeck/compute";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, parse } from "node:path";
import type { BuildContext } from "../environment-plan.ts";
import { findProgram } from "../managers/tools.ts";

/** How a process finds stand-ins. */
export type StandIns = {
  /** A folder of programs to put last on PATH. */
  readonly path: string;
  /** Variables to set so that MLflow finds them. */
  readonly variables: Readonly<Record<string, string>>;
};

/** Where to write stand-ins, and for which process. */
export type WriteStandInsOptions = {
  /** The folder to write to. */
  readonly folder: string;
  /** The same folder's path from the process's view. MLflow requires it to contain no spaces. */
  readonly seenAs: string;
  /** The process's environment variables. */
  readonly env: BuildContext["env"];
};

/**
 * Writes stand-ins for conda, pyenv and virtualenv, each only if the process does not have the real one. They support the
 * commands that `mlflow run` uses, so that projects run without the real programs, and note every deviation on standard error.
 */
export async function writeStandIns({ folder, seenAs, env }: WriteStandInsOptions): Promise<StandIns> {
  const place = (...path: readonly string[]): string => join(folder, ...path);
  if (findProgram("pyenv", env) === undefined) {
    await writeProgram(place("bin", "pyenv"), commandOf("pyenv", join(seenAs, "pyenv")));
  }
  if (findProgram("virtualenv", env) === undefined)
    await writeProgram(place("bin", "virtualenv"), VIRTUALENV);
  const path = join(seenAs, "bin");
  if (hasConda(env)) return { path, variables: {} };
  const conda = join(seenAs, "conda");
  await writeProgram(place("conda", "bin", "conda"), commandOf("conda", conda));
  await writeProgram(place("conda", "etc", "profile.d", "conda.sh"), condaFunction(conda));
  return { path, variables: { MLFLOW_CONDA_HOME: conda } };
}

/** Looks in the same places as MLflow. */
function hasConda(env: BuildContext["env"]): boolean {
  const { MLFLOW_CONDA_HOME, CONDA_EXE } = env;
  return Boolean(MLFLOW_CONDA_HOME || CONDA_EXE) || findProgram("conda", env) !== undefined;
}

function commandOf(name: string, folder: string): string {
  const main = join(import.meta.dirname, `stand-in-main${parse(import.meta.filename).ext}`);
  const words = [process.execPath, main, name, folder].map(quoteForShell);
  return `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`;
}

/** MLflow 1.26 to 1.30 run: virtualenv --python PROGRAM FOLDER. */
const VIRTUALENV = `#!/bin/sh
# flightdeck's stand-in for virtualenv: Python's own venv.
[ "$1" = --python ] && [ $# -eq 3 ] && exec "$2" -m venv "$3"
echo "virtualenv $*: flightdeck's stand-in supports only: virtualenv --python PROGRAM FOLDER; install virtualenv for anything else" >&2
exit 1
`;

/** `conda activate` changes the current shell, so it must be a function. */
function condaFunction(folder: string): string {
  return `# flightdeck's stand-in for conda.
conda() {
  local home=${quoteForShell(folder)}
  if [ "$1" != activate ]; then "$home/bin/conda" "$@"; return; fi
  CONDA_PREFIX=$(cd -P "\${CONDA_ENVS_PATH:-$home/envs}/$2" && pwd) || return
  CONDA_DEFAULT_ENV=$2 VIRTUAL_ENV=$CONDA_PREFIX PATH=$CONDA_PREFIX/bin:$PATH
  export CONDA_PREFIX CONDA_DEFAULT_ENV VIRTUAL_ENV PATH
  unset PYTHONHOME
}
`;
}

async function writeProgram(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  await chmod(file, 0o755);
}
