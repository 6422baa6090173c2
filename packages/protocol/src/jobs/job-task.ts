import { AppError } from "@flightdeck/core";
import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { clusterSpecSchema, type ClusterSpecWire } from "../clusters/cluster-spec.ts";
import { foreignJson, int64, longText, repeated, requiredList, requiredText, textMap } from "../scalars.ts";
import { type Library, libraryFromWire, librarySchema } from "./library.ts";

const shellCommandTaskSchema = z.object({
  command: requiredList(longText, LIMITS.requestItemsMax),
  env_vars: textMap.default({}),
});

const sparkPythonTaskSchema = z.object({
  python_file: requiredText,
  parameters: repeated(longText, LIMITS.requestItemsMax),
  source: longText.optional(),
});

/** MLflow 1.8 sends a definition that has `new_cluster` and `libraries` in it as the cluster. */
const newClusterSchema = clusterSpecSchema.extend({
  new_cluster: clusterSpecSchema.optional(),
  libraries: repeated(librarySchema, LIMITS.requestItemsMax),
});

const taskKinds = {
  shell_command_task: shellCommandTaskSchema.optional(),
  spark_python_task: sparkPythonTaskSchema.optional(),
};

/** What runs, and where. Other kinds of tasks are let through, to be refused by name. */
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
export type JobClusterWire = z.output<typeof jobClusterSchema>;

/** What a task asks to be run. */
export type JobTask =
  | {
      readonly kind: "shell_command";
      readonly command: readonly string[];
      readonly envVars: Readonly<Record<string, string>>;
    }
  | { readonly kind: "spark_python"; readonly pythonFile: string; readonly parameters: readonly string[] };

/** Where a task runs: on a cluster of its own, or on one that is there. */
export type TaskCluster = { readonly newCluster: ClusterSpecWire } | { readonly existingClusterId: string };

/** All that a run needs to know of its task. */
export type JobTaskSpec = {
  readonly taskKey: string;
  readonly task: JobTask;
  readonly cluster: TaskCluster;
  readonly libraries: readonly Library[];
  /** 0 means no end. */
  readonly timeoutSeconds: number;
  /** Names of fields that were sent and change nothing. */
  readonly withoutEffect: readonly string[];
};

/** Throws `INVALID_PARAMETER_VALUE` for a kind of task that does not run here, by name, and for a task without a cluster. */
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

/** The task as clients send it. */
export function jobTaskToWire(task: JobTask): Pick<TaskSettingsWire, keyof typeof taskKinds> {
  if (task.kind === "shell_command") {
    return { shell_command_task: { command: [...task.command], env_vars: { ...task.envVars } } };
  }
  return { spark_python_task: { python_file: task.pythonFile, parameters: [...task.parameters] } };
}

/** Of a task that was sent without a list of tasks around it. */
const DEFAULT_TASK_KEY = "main";
const KINDS = Object.keys(taskKinds);

function jobTaskFromWire(wire: TaskSettingsWire): JobTask {
  const named = Object.keys(wire).filter((key) => key.endsWith("_task") && wire[key] !== undefined);
  const other = named.find((key) => !KINDS.includes(key));
  if (other !== undefined)
    throw refused(`tasks of kind '${other}' do not run here; ${KINDS.join(" and ")} do`);
  const { shell_command_task: shell, spark_python_task: python } = wire;
  if (named.length !== 1) {
    throw refused(`a task must have one of ${KINDS.join(" and ")}, got ${named.join(" and ") || "none"}`);
  }
  if (shell !== undefined) return { kind: "shell_command", command: shell.command, envVars: shell.env_vars };
  if (python === undefined) throw refused(`a task must have one of ${KINDS.join(" and ")}`);
  return { kind: "spark_python", pythonFile: python.python_file, parameters: python.parameters };
}

type FoundCluster = { readonly place: TaskCluster; readonly libraries: JobClusterLibraries };
type JobClusterLibraries = JobClusterWire["new_cluster"]["libraries"];

function clusterFromWire(wire: TaskSettingsWire, jobClusters: readonly JobClusterWire[]): FoundCluster {
  const { existing_cluster_id: existing, job_cluster_key: key, new_cluster: own } = wire;
  const named = [own, existing, key].filter((each) => each !== undefined);
  if (named.length !== 1) {
    const message = `a task must name one of new_cluster, existing_cluster_id and job_cluster_key, got ${named.length} of them`;
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
