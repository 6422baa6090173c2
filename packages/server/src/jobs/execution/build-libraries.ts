import {
  type Activation,
  defineLibraries,
  type EnvironmentCache,
  planEnvironment,
  type PythonLibrary,
} from "@flightdeck/environments";
import type { Library } from "@flightdeck/protocol";
import { keepWheel } from "./keep-wheel.ts";

/** The Python of a task's libraries. */
export type LibrariesEnvironment = { readonly folder: string; readonly activation: Activation };

export type BuildLibrariesOptions = {
  readonly dataDir: string;
  /** The task's own: what packages run while they are installed sees no more than the task. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cache: EnvironmentCache;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
};

/** Builds the environment of libraries, unless it is there. Throws `AppError` with the installer's own complaint. */
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
