/** The types we check. Any other type in an MLproject counts as `string`, as in MLflow. */
export const PARAMETER_TYPES = ["string", "float", "int", "path", "uri"] as const;
/** How a parameter's value is checked. */
export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** A parameter that an entry point declares. */
export type Parameter = {
  readonly name: string;
  readonly type: ParameterType;
  /** Absent when the caller must give a value. */
  readonly default?: string | undefined;
};

/** A command that a project offers. */
export type EntryPoint = {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** A bash command; `{name}` is a placeholder for a parameter's value, `{{` and `}}` are literal braces. */
  readonly command: string;
};

/** The MLproject fields that declare an environment: MLflow's three, and ours for JavaScript. */
export const ENVIRONMENT_KINDS = ["conda_env", "python_env", "docker_env", "node_env"] as const;
/** The name of one of those fields. */
export type EnvironmentKind = (typeof ENVIRONMENT_KINDS)[number];

/** The environment that a project declares. */
export type ProjectEnvironment = {
  readonly kind: EnvironmentKind;
  /** The file that defines it, relative to the project's folder, or the image of a `docker_env`. */
  readonly definition: string;
};

/** A `databricks_spark_job`: a Python program that runs in Spark on a cluster. */
export type SparkJob = {
  /** Relative to the project's folder. Absent to use the entry point's command. */
  readonly pythonFile?: string | undefined;
  readonly parameters: readonly string[];
  /** PyPI requirements. */
  readonly pythonLibraries: readonly string[];
};

/** The contents of an MLproject file. */
export type MlProject = {
  readonly name?: string | undefined;
  readonly environment?: ProjectEnvironment | undefined;
  readonly sparkJob?: SparkJob | undefined;
  readonly entryPoints: readonly EntryPoint[];
};

/** A project on this machine. */
export type Project = MlProject & {
  /** Absolute, with symbolic links resolved. */
  readonly folder: string;
  /** The name of the MLproject file; absent when the folder has none and its scripts run by convention. */
  readonly file?: string | undefined;
};
