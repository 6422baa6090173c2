import { quoteForShell } from "@flightdeck/compute";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, parse } from "node:path";
import type { BuildContext } from "../managers/environment-manager.ts";
import { findProgram } from "../managers/find-program.ts";

/** How a process finds stand-ins. */
export type StandIns = {
  /** A folder of programs, to go last on PATH. */
  readonly path: string;
  /** Variables to set, so that MLflow finds them. */
  readonly variables: Readonly<Record<string, string>>;
};

export type WriteStandInsOptions = {
  /** Where they are written. */
  readonly folder: string;
  /** The same folder as the process sees it. MLflow needs it to have no space in it. */
  readonly seenAs: string;
  /** The process's. */
  readonly env: BuildContext["env"];
};

/**
 * Writes programs into a folder that stand for conda, pyenv and virtualenv, each only where the process has none: so much of
 * them as `mlflow run` calls, so that a project runs without any of them. What they do otherwise than asked, they say on
 * their standard error.
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

/** As MLflow looks for it. */
function hasConda(env: BuildContext["env"]): boolean {
  const { MLFLOW_CONDA_HOME, CONDA_EXE } = env;
  return Boolean(MLFLOW_CONDA_HOME || CONDA_EXE) || findProgram("conda", env) !== undefined;
}

function commandOf(name: string, folder: string): string {
  const main = join(import.meta.dirname, `stand-in-main${parse(import.meta.filename).ext}`);
  const words = [process.execPath, main, name, folder].map(quoteForShell);
  return `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`;
}

/** MLflow 1.26 to 1.30 call it so: virtualenv --python PROGRAM FOLDER. */
const VIRTUALENV = `#!/bin/sh
# flightdeck's stand-in for virtualenv: Python's own venv.
[ "$1" = --python ] && [ $# -eq 3 ] && exec "$2" -m venv "$3"
echo "virtualenv $*: flightdeck's stand-in knows only: virtualenv --python PROGRAM FOLDER; install virtualenv for the rest" >&2
exit 1
`;

/** `conda activate` changes the shell itself, and so is a function. */
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
