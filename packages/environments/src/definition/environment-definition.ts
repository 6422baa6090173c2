import type { VersionConstraint } from "../python/version-constraint.ts";

/** The contents of an environment file. */
export type EnvironmentDefinition = PythonDefinition | CondaDefinition | NodeDefinition;

/** A `python_env.yaml`; all lists are empty when there is no file. */
export type PythonDefinition = {
  readonly kind: "python_env";
  /** The file's name in messages. */
  readonly source: string;
  /** Relative paths in the dependencies are resolved against it. */
  readonly folder: string;
  /** Empty for any Python. */
  readonly python: readonly VersionConstraint[];
  /** Installed in a separate step before the dependencies. */
  readonly buildDependencies: readonly string[];
  /** Lines of a requirements file, including `-r FILE` and `-c FILE`. */
  readonly dependencies: readonly string[];
};

/** A conda environment file. */
export type CondaDefinition = {
  readonly kind: "conda_env";
  readonly source: string;
  readonly folder: string;
  /** Absolute path. */
  readonly file: string;
  readonly text: string;
  readonly python: readonly VersionConstraint[];
  /** All packages except Python itself, in file order. */
  readonly packages: readonly CondaPackage[];
  /** The requirements under `pip:`. */
  readonly dependencies: readonly string[];
};

/** One line of a conda file, such as `conda-forge::numpy>=1.19`. */
export type CondaPackage = {
  readonly name: string;
  /** Empty for any version; undefined for alternatives (`1.2|1.3`), which pip cannot express. */
  readonly constraints: readonly VersionConstraint[] | undefined;
  /** The line as written in the file. */
  readonly text: string;
};

/** A `package.json` with its lockfile. */
export type NodeDefinition = {
  readonly kind: "node_env";
  readonly source: string;
  readonly folder: string;
  /** The files that `npm ci` reads, from name to content. */
  readonly files: ReadonlyMap<string, string>;
};
