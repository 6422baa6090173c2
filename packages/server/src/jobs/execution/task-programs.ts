import { quoteForShell } from "@flightdeck/compute";
import {
  type Activation,
  defineLibraries,
  type EnvironmentCache,
  findProgram,
  findUsualPython,
  planEnvironment,
  type PythonLibrary,
} from "@flightdeck/environments";
import type { Library } from "@flightdeck/protocol";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, copyFile, mkdir, rename, symlink, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { getDbfsFile } from "./dbfs-file.ts";
import { wheelsFolder } from "./job-run-folder.ts";

/** The Python environment with a task's libraries. */
export type LibrariesEnvironment = { readonly folder: string; readonly activation: Activation };

export type BuildLibrariesOptions = {
  readonly dataDir: string;
  /** The task's own environment, so that code that runs during installation sees no more than the task does. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cache: EnvironmentCache;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
};

/** Builds the environment with the libraries, unless it exists. Throws `AppError` with the installer's own message. */
export async function buildLibraries(
  libraries: readonly Library[],
  { dataDir, env, cache, signal, onProgress }: BuildLibrariesOptions,
): Promise<LibrariesEnvironment> {
  const named = libraries.map((each) => pythonLibrary(dataDir, each));
  const { definition, remarks } = defineLibraries(await Promise.all(named));
  const plan = await planEnvironment(definition, { envManager: "uv", bestEffort: false, env });
  const { source } = definition;
  remarks.forEach(onProgress);
  const { folder } = await cache.ensure(plan, {
    env,
    signal,
    onProgress: ({ phase, elapsedMs }) =>
      onProgress(`${VERBS[phase]} ${source}, ${Math.round(elapsedMs / 1000)} s`),
  });
  return { folder, activation: plan.activation(folder) };
}

const VERBS = {
  waiting: "waiting for another job that installs",
  building: "installing",
  ready: "installed",
  failed: "could not install",
} as const;

async function pythonLibrary(dataDir: string, library: Library): Promise<PythonLibrary> {
  if ("whl" in library) return { requirement: await keepWheel(dataDir, library.whl) };
  const { package: requirement, repo } = library.pypi;
  return { requirement, indexUrl: repo };
}

/**
 * Copies a wheel from DBFS to a path that contains its content's hash, and returns that path. Environments are
 * identified by their definition, and another wheel may later have the same name in DBFS.
 */
export async function keepWheel(dataDir: string, name: string): Promise<string> {
  const { real } = await getDbfsFile(dataDir, name);
  const hash = createHash("sha256");
  await pipeline(createReadStream(real), hash);
  const folder = join(wheelsFolder(dataDir), hash.digest("hex"));
  await mkdir(folder, { recursive: true });
  const partial = join(folder, `${process.pid}.partial`);
  await copyFile(real, partial);
  await rename(partial, join(folder, basename(real)));
  await utimes(folder, new Date(), new Date()); // Marks it as used; see removeOldJobRuns.
  return join(folder, basename(real));
}

export type WriteProgramsOptions = {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/**
 * Writes the programs that precede the machine's own on a task's PATH: the server's Node, `flightdeck`, and stand-ins
 * for programs that MLflow's jobs call and that a machine may lack.
 */
export async function writePrograms({ folder, env }: WriteProgramsOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  await symlink(process.execPath, join(folder, "node"));
  const flightdeck = flightdeckProgram();
  if (flightdeck !== undefined) {
    const words = [process.execPath, flightdeck].map(quoteForShell).join(" ");
    await writeProgram(join(folder, "flightdeck"), `#!/bin/sh\nexec ${words} "$@"\n`);
  }
  if (findProgram("rsync", env) === undefined) await writeProgram(join(folder, "rsync"), RSYNC_STAND_IN);
  if (process.platform !== "linux") await writeProgram(join(folder, "mv"), MV_STAND_IN);
}

/**
 * The path of the `flightdeck` command, if it started this server. It is in a package above this one, so it cannot be
 * imported.
 */
function flightdeckProgram(): string | undefined {
  const [, program] = process.argv;
  return program !== undefined && /^flightdeck(?:\.mjs)?$/.test(basename(program)) ? program : undefined;
}

/** Writes `python` for tasks without libraries, because some machines only have it under another name. */
export async function writeUsualPython(folder: string, env: WriteProgramsOptions["env"]): Promise<void> {
  const python = await findUsualPython(env);
  if (python === undefined) return;
  await mkdir(folder, { recursive: true });
  for (const name of ["python", "python3"]) {
    await writeProgram(join(folder, name), `#!/bin/sh\nexec ${quoteForShell(python.path)} "$@"\n`);
  }
}

async function writeProgram(file: string, text: string): Promise<void> {
  await writeFile(file, text);
  await chmod(file, 0o755);
}

/* Programs that MLflow's job script calls, for machines that lack them. */

/** How MLflow copies a project's archive. */
export const RSYNC_STAND_IN: string = `#!/bin/sh
# flightdeck's stand-in for rsync.
case "$*" in
  "-a -v --ignore-existing "*)
    shift 3
    if [ $# -eq 2 ] && [ -e "$2/$(basename "$1")" ]; then exit 0; fi
    [ $# -eq 2 ] && exec cp -a "$1" "$2" ;;
esac
echo "rsync $*: flightdeck's stand-in knows only: rsync -a -v --ignore-existing FILE FOLDER; install rsync for the rest" >&2
exit 1
`;

/** How MLflow moves a project. `-T`, which BSD and macOS lack, keeps mv from moving a folder into another. */
export const MV_STAND_IN: string = `#!/bin/sh
# flightdeck's stand-in for mv -T.
if [ "$1" = -T ] && [ $# -eq 3 ]; then
  [ ! -d "$3" ] || rmdir "$3" || exit 1
  shift
fi
exec /bin/mv "$@"
`;
