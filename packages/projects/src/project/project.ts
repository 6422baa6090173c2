/** Types that are checked. Any other name that an MLproject declares counts as `string`, as in MLflow. */
export const PARAMETER_TYPES = ["string", "float", "int", "path", "uri"] as const;
/** How a parameter's value is checked. */
export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** A parameter that an entry point declares. */
export type Parameter = {
  readonly name: string;
  readonly type: ParameterType;
  /** Absent: a value must be given. */
  readonly default?: string;
};

/** What a project can be asked to run. */
export type EntryPoint = {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** A bash command; `{name}` stands for a parameter's value, `{{` and `}}` for braces. */
  readonly command: string;
};

/** The fields of an MLproject that declare an environment: MLflow's three, and ours for JavaScript. */
export const ENVIRONMENT_KINDS = ["conda_env", "python_env", "docker_env", "node_env"] as const;
/** The name of one of those fields. */
export type EnvironmentKind = (typeof ENVIRONMENT_KINDS)[number];

/** The environment that a project asks for. */
export type ProjectEnvironment = {
  readonly kind: EnvironmentKind;
  /** The defining file, relative to the project's folder, or the image of a `docker_env`. */
  readonly definition: string;
};

/** A `databricks_spark_job`: a Python program that runs within Spark on a cluster. */
export type SparkJob = {
  /** Relative to the project's folder; absent: that of the entry point's command. */
  readonly pythonFile?: string;
  readonly parameters: readonly string[];
  /** Requirements of PyPI. */
  readonly pythonLibraries: readonly string[];
};

/** What an MLproject file says. */
export type MlProject = {
  readonly name?: string;
  readonly environment?: ProjectEnvironment;
  readonly sparkJob?: SparkJob;
  readonly entryPoints: readonly EntryPoint[];
};

/** A project on this machine. */
export type Project = MlProject & {
  /** Absolute, with symbolic links resolved. */
  readonly folder: string;
  /** Name of the MLproject file; absent when the folder has none and its scripts are run by convention. */
  readonly file?: string;
};
