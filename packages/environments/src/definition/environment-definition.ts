import type { VersionConstraint } from "../python/version-constraint.ts";

/** What an environment file asks for. */
export type EnvironmentDefinition = PythonDefinition | CondaDefinition | NodeDefinition;

/** A `python_env.yaml`, or no file at all: then nothing is asked for. */
export type PythonDefinition = {
  readonly kind: "python_env";
  /** The file as messages name it. */
  readonly source: string;
  /** What relative paths in the dependencies start from. */
  readonly folder: string;
  /** Empty: any Python. */
  readonly python: readonly VersionConstraint[];
  /** Installed before the dependencies, in one step of their own. */
  readonly buildDependencies: readonly string[];
  /** Lines of a requirements file, among them `-r FILE` and `-c FILE`. */
  readonly dependencies: readonly string[];
};

/** A conda environment file. */
export type CondaDefinition = {
  readonly kind: "conda_env";
  readonly source: string;
  readonly folder: string;
  /** Absolute. */
  readonly file: string;
  readonly text: string;
  readonly python: readonly VersionConstraint[];
  /** All but Python itself, in the file's order. */
  readonly packages: readonly CondaPackage[];
  /** The `pip:` part. */
  readonly dependencies: readonly string[];
};

/** One line of a conda file, such as `conda-forge::numpy>=1.19`. */
export type CondaPackage = {
  readonly name: string;
  /** Empty: any version. Undefined: alternatives (`1.2|1.3`), which no requirement of pip's can say. */
  readonly constraints: readonly VersionConstraint[] | undefined;
  /** As it stands in the file. */
  readonly text: string;
};

/** A `package.json` with the lockfile beside it. */
export type NodeDefinition = {
  readonly kind: "node_env";
  readonly source: string;
  readonly folder: string;
  /** Name to content: what `npm ci` reads. */
  readonly files: ReadonlyMap<string, string>;
};
