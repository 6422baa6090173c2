import { AppError } from "@flightdeck/core";
import { z } from "zod";
import {
  foreignMap,
  longText,
  requiredText,
  foreignJson,
  int64,
  repeated,
  requiredList,
  textMap,
} from "../forms.ts";
import { LIMITS } from "../limits.ts";
import { clusterSpecSchema, type ClusterSpecWire } from "../clusters.ts";

const text = longText.optional();

export const librarySchema = z.object({
  pypi: z.object({ package: requiredText, repo: text }).optional(),
  whl: text,
  egg: text,
  jar: text,
  requirements: text,
  maven: foreignMap.optional(),
  cran: foreignMap.optional(),
});
type LibraryWire = z.output<typeof librarySchema>;

/** A library to install for a task: a PyPI requirement, or a wheel in DBFS. */
export type Library =
  | { readonly pypi: { readonly package: string; readonly repo?: string | undefined } }
  | { readonly whl: string };

export function libraryToWire(library: Library): LibraryWire {
  return "pypi" in library ? { pypi: { ...library.pypi } } : { whl: library.whl };
}

/** Throws `INVALID_PARAMETER_VALUE` with the library's kind if it cannot be installed here. */
function libraryFromWire(wire: LibraryWire): Library {
  const kinds = Object.entries(wire).flatMap(([kind, value]) => (value === undefined ? [] : [kind]));
  const [kind = "none"] = kinds;
  if (kinds.length !== 1)
    throw notALibrary(`a library must have exactly one kind, got ${kinds.join(", ") || "none"}`);
  if (wire.pypi !== undefined) {
    const { package: name, repo } = wire.pypi;
    return { pypi: { package: name, repo } };
  }
  if (wire.whl === undefined) {
    throw notALibrary(
      `libraries of kind '${kind}' cannot be installed here; use pypi, or whl for a wheel in DBFS`,
    );
  }
  if (!WHEEL.test(wire.whl)) {
    throw notALibrary(
      `a whl library must be a wheel in DBFS, 'dbfs:/….whl', got ${JSON.stringify(wire.whl)}`,
    );
  }
  return { whl: wire.whl };
}

const WHEEL = /^dbfs:\/.+\.whl$/;

function notALibrary(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

const shellCommandTaskSchema = z.object({
  command: requiredList(longText, LIMITS.requestItemsMax),
  env_vars: textMap.default({}),
});

const sparkPythonTaskSchema = z.object({
  python_file: requiredText,
  parameters: repeated(longText, LIMITS.requestItemsMax),
  source: longText.optional(),
});

const sparkSubmitTaskSchema = z.object({ parameters: repeated(longText, LIMITS.requestItemsMax) });

/** MLflow 1.8 nests another `new_cluster` and `libraries` in the cluster definition. */
const newClusterSchema = clusterSpecSchema.extend({
  new_cluster: clusterSpecSchema.optional(),
  libraries: repeated(librarySchema, LIMITS.requestItemsMax),
});

const taskKinds = {
  shell_command_task: shellCommandTaskSchema.optional(),
  spark_python_task: sparkPythonTaskSchema.optional(),
  spark_submit_task: sparkSubmitTaskSchema.optional(),
};

/** What runs, and where. Other kinds of tasks are let through here, so that the error can name them. */
export const taskSettingsSchema = z
  .object({
    ...taskKinds,
    task_key: longText.optional(),
    existing_cluster_id: longText.optional(),
    job_cluster_key: longText.optional(),
    new_cluster: newClusterSchema.optional(),
    libraries: repeated(librarySchema, LIMITS.requestItemsMax),
    timeout_seconds: int64.optional(),
    depends_on: repeated(z.object({ task_key: longText }), LIMITS.requestItemsMax),
  })
  .catchall(foreignJson);
export type TaskSettingsWire = z.output<typeof taskSettingsSchema>;

export const jobClusterSchema = z.object({ job_cluster_key: requiredText, new_cluster: newClusterSchema });
type JobClusterWire = z.output<typeof jobClusterSchema>;

/** What a task runs. */
export type JobTask =
  | {
      readonly kind: "shell_command";
      readonly command: readonly string[];
      readonly envVars: Readonly<Record<string, string>>;
    }
  | { readonly kind: "spark_python"; readonly pythonFile: string; readonly parameters: readonly string[] }
  /** The arguments of `spark-submit`. */
  | { readonly kind: "spark_submit"; readonly parameters: readonly string[] };

/** Where a task runs: on a new cluster, or on an existing one. */
export type TaskCluster = { readonly newCluster: ClusterSpecWire } | { readonly existingClusterId: string };

/** Everything a run needs to know about its task. */
export type JobTaskSpec = {
  readonly taskKey: string;
  readonly task: JobTask;
  readonly cluster: TaskCluster;
  readonly libraries: readonly Library[];
  /** 0 means no timeout. */
  readonly timeoutSeconds: number;
  /** Names of fields that were sent but have no effect. */
  readonly withoutEffect: readonly string[];
};

/**
 * Throws `INVALID_PARAMETER_VALUE` for a task without a cluster, and for a kind of task that is not supported, naming
 * it.
 */
export function taskSpecFromWire(
  wire: TaskSettingsWire,
  jobClusters: readonly JobClusterWire[] = [],
): JobTaskSpec {
  const task = jobTaskFromWire(wire);
  const cluster = clusterFromWire(wire, jobClusters);
  return {
    taskKey: wire.task_key ?? DEFAULT_TASK_KEY,
    task,
    cluster: cluster.place,
    libraries: [...wire.libraries, ...cluster.libraries].map(libraryFromWire),
    timeoutSeconds: wire.timeout_seconds ?? 0,
    withoutEffect: [],
  };
}

/** Converts a task to its wire form. */
export function jobTaskToWire(task: JobTask): Pick<TaskSettingsWire, keyof typeof taskKinds> {
  if (task.kind === "shell_command") {
    return { shell_command_task: { command: [...task.command], env_vars: { ...task.envVars } } };
  }
  if (task.kind === "spark_submit") return { spark_submit_task: { parameters: [...task.parameters] } };
  return { spark_python_task: { python_file: task.pythonFile, parameters: [...task.parameters] } };
}

/** The key of a task that was sent without a list of tasks. */
const DEFAULT_TASK_KEY = "main";
const KINDS = Object.keys(taskKinds);
const ALL_KINDS = new Intl.ListFormat("en-GB").format(KINDS);
const ONE_KIND = new Intl.ListFormat("en-GB", { type: "disjunction" }).format(KINDS);

function jobTaskFromWire(wire: TaskSettingsWire): JobTask {
  const named = Object.keys(wire).filter((key) => key.endsWith("_task") && wire[key] !== undefined);
  const other = named.find((key) => !KINDS.includes(key));
  if (other !== undefined) throw refused(`tasks of kind '${other}' are not supported here; use ${ONE_KIND}`);
  const { shell_command_task: shell, spark_python_task: python, spark_submit_task: submit } = wire;
  if (named.length !== 1) {
    throw refused(`a task must have exactly one of ${ALL_KINDS}, got ${named.join(" and ") || "none"}`);
  }
  if (shell !== undefined) return { kind: "shell_command", command: shell.command, envVars: shell.env_vars };
  if (submit !== undefined) return { kind: "spark_submit", parameters: submit.parameters };
  if (python === undefined) throw refused(`a task must have exactly one of ${ALL_KINDS}`);
  return { kind: "spark_python", pythonFile: python.python_file, parameters: python.parameters };
}

type FoundCluster = { readonly place: TaskCluster; readonly libraries: JobClusterLibraries };
type JobClusterLibraries = JobClusterWire["new_cluster"]["libraries"];

function clusterFromWire(wire: TaskSettingsWire, jobClusters: readonly JobClusterWire[]): FoundCluster {
  const { existing_cluster_id: existing, job_cluster_key: key, new_cluster: own } = wire;
  const named = [own, existing, key].filter((each) => each !== undefined);
  if (named.length !== 1) {
    const message = `a task must have exactly one of new_cluster, existing_cluster_id and job_cluster_key, got ${named.length}`;
    throw refused(message);
  }
  if (existing !== undefined) return { place: { existingClusterId: existing }, libraries: [] };
  const shared = jobClusters.find(({ job_cluster_key }) => job_cluster_key === key)?.new_cluster;
  const asked = own ?? shared;
  if (asked === undefined) throw refused(`there is no job cluster with the key ${JSON.stringify(key)}`);
  const { new_cluster: nested, libraries, ...spec } = asked;
  return { place: { newCluster: nested ?? spec }, libraries };
}

function refused(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
