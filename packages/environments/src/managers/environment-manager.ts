import type { EnvironmentDefinition } from "../definition/environment-definition.ts";

/** MLflow's names for what builds an environment, and `npm` for `node_env`. */
export type EnvironmentManagerName = "uv" | "virtualenv" | "conda" | "npm";

/** What a program's process needs to run in an environment. */
export type Activation = {
  /** Folders of programs, to go first on PATH. */
  readonly path: readonly string[];
  /** Variables to set; undefined takes one away. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Files that a shell reads before the command. */
  readonly scripts?: readonly string[];
  /** A folder that has to appear in the project by the name `node_modules`. */
  readonly nodeModules?: string;
};

/** Where a build's tools run, and who is told what they say. */
export type BuildContext = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where tools of our own are kept. */
  readonly toolsFolder: string;
  readonly onLine?: (line: string) => void;
  /** Program and arguments to run when our own process was killed, and the tool has been ended. */
  readonly onOrphaned?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** An environment that can be built, with all that can be known of it beforehand. */
export type EnvironmentPlan = {
  readonly manager: EnvironmentManagerName;
  /** The defining file as messages name it. */
  readonly source: string;
  /** All that defines it: the same texts make the same environment. */
  readonly identity: readonly string[];
  /**
   * What is not as asked, and what stands for what; a line each. Throws what a build would fail with for sure. Costs too
   * much to be asked for when the environment is there.
   */
  check(env: BuildContext["env"]): Promise<readonly string[]>;
  /** Makes the folder, which is not there yet, and builds the environment in it, where it will stay. */
  build(folder: string, context: BuildContext): Promise<void>;
  /** Whether what it needs from outside of its folder is still there. */
  isUsable(folder: string): boolean;
  activation(folder: string): Activation;
};

export type PlanOptions = {
  /** Build what can be had: the nearest Python, other versions, without what is missing. */
  readonly bestEffort: boolean;
  readonly env: BuildContext["env"];
};

/** One way to build environments. `plan` throws `INVALID_PARAMETER_VALUE` for a definition that it cannot build. */
export type EnvironmentManager = {
  readonly name: EnvironmentManagerName;
  plan(definition: EnvironmentDefinition, options: PlanOptions): Promise<EnvironmentPlan>;
};
