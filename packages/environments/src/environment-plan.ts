import { quoteForShell } from "@flightdeck/compute";
import { lstat, readlink, rm, symlink } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { EnvironmentDefinition } from "./definition/environment-definition.ts";

/** MLflow's names of environment managers, and `npm` for `node_env`. */
export type EnvironmentManagerName = "uv" | "virtualenv" | "conda" | "npm";

/** What a process needs to run in an environment. */
export type Activation = {
  /** Folders to put first on PATH. */
  readonly path: readonly string[];
  /** Variables to set; undefined unsets one. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Files for a shell to source before the command. */
  readonly scripts?: readonly string[] | undefined;
  /** A folder to link into the project as `node_modules`. */
  readonly nodeModules?: string | undefined;
};

/** The surroundings of a build's tools: variables, output and cancellation. */
export type BuildContext = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where we install tools such as uv. */
  readonly toolsFolder: string;
  readonly onLine?: ((line: string) => void) | undefined;
  /** The argv of a program to run if our own process is killed, after the tool has ended. */
  readonly onOrphaned?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** How to build one environment, and what is known about it before it is built. */
export type EnvironmentPlan = {
  readonly manager: EnvironmentManagerName;
  /** The definition's file name in messages. */
  readonly source: string;
  /** Everything that defines the environment: equal texts mean equal environments. */
  readonly identity: readonly string[];
  /**
   * Returns deviations from the definition, such as mapped or missing packages, a line each. Throws if the build is certain
   * to fail. Expensive, so call it only before a build.
   */
  check(env: BuildContext["env"]): Promise<readonly string[]>;
  /** Creates the folder and builds the environment in it. The environment cannot be moved afterwards. */
  build(folder: string, context: BuildContext): Promise<void>;
  /** Whether the files outside its folder that it depends on still exist. */
  isUsable(folder: string): boolean;
  activation(folder: string): Activation;
};

export type PlanOptions = {
  /** Build the nearest available environment: another Python or package version, without missing packages. */
  readonly bestEffort: boolean;
  readonly env: BuildContext["env"];
};

/** Builds environments with one tool. `plan` throws `INVALID_PARAMETER_VALUE` for a definition that it cannot build. */
export type EnvironmentManager = {
  readonly name: EnvironmentManagerName;
  plan(definition: EnvironmentDefinition, options: PlanOptions): Promise<EnvironmentPlan>;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of a process that runs in an environment. */
export function activatedVariables(env: Environment, { path, variables }: Activation): Environment {
  const before = env["PATH"];
  const folders = before === undefined || before === "" ? path : [...path, before];
  return { ...env, ...variables, PATH: folders.join(delimiter) };
}

/** The shell commands to run before the program's own. */
export function activationScript({ scripts = [] }: Activation): string {
  return scripts.map((script) => `source ${quoteForShell(script)}\n`).join("");
}

/**
 * Links packages into a project as `node_modules`, where Node looks for them. Replaces an earlier run's link.
 */
export async function linkNodeModules(projectFolder: string, target: string): Promise<void> {
  const link = join(projectFolder, "node_modules");
  const stats = await lstat(link).catch(() => undefined);
  if (stats?.isSymbolicLink()) {
    if ((await readlink(link)) === target) return;
    await rm(link);
  }
  await symlink(target, link).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error; // Another run of the project created it first.
  });
}
