import {
  type ClusterSpecWire,
  type ClusterWire,
  type JobRunWire,
  SYSTEM_TAGS,
  type Tag,
} from "@flightdeck/protocol";
import { formatPlural } from "../../lib/format.ts";
import { findTagValue } from "../../lib/mlflow-text.ts";
import { maskTokens } from "./job-log.ts";

/** A run's task for display: without environment values or tokens. */
export type JobTaskView = {
  readonly kind: string;
  /** The program, or the shell that runs the script. */
  readonly program: string;
  /** A script, or the arguments one per line; empty if there are none. */
  readonly text: string;
  readonly environmentNames: readonly string[];
  readonly libraries: readonly string[];
};

type TaskWire = NonNullable<JobRunWire["task"]>;

/** A run's only task, in either form of the API; undefined if the server does not report one. */
export function findJobTask({ tasks, task }: Pick<JobRunWire, "tasks" | "task">): TaskWire | undefined {
  return tasks[0] ?? task;
}

export function jobTaskView(run: JobRunWire): JobTaskView {
  const task = findJobTask(run);
  const libraries = (task?.libraries ?? run.cluster_spec?.libraries ?? []).map(libraryText);
  const shell = task?.shell_command_task;
  if (shell !== undefined) {
    const environmentNames = Object.keys(shell.env_vars).toSorted();
    return { kind: "Shell command", ...commandView(shell.command), environmentNames, libraries };
  }
  const submit = task?.spark_submit_task;
  if (submit !== undefined) {
    const text = maskTokens(submit.parameters.join("\n"));
    return { kind: "Spark submit", program: "spark-submit", text, environmentNames: [], libraries };
  }
  const python = task?.spark_python_task;
  const parameters = run.overriding_parameters?.python_params ?? python?.parameters ?? [];
  return {
    kind: python === undefined ? "Task" : "Python file",
    program: python?.python_file ?? "–",
    text: maskTokens(parameters.join("\n")),
    environmentNames: [],
    libraries,
  };
}

/** MLflow sends a project's commands as `bash -c SCRIPT`; show only the script. */
function commandView(command: readonly string[]): Pick<JobTaskView, "program" | "text"> {
  const [program = "", flag, script, ...more] = command;
  if (flag === "-c" && script !== undefined && more.length === 0)
    return { program: `${program} -c`, text: maskTokens(script.trim()) };
  return { program: maskTokens(program), text: maskTokens(command.slice(1).join("\n")) };
}

type LibraryWire = TaskWire["libraries"][number];

function libraryText({ pypi, whl, ...others }: LibraryWire): string {
  if (pypi !== undefined) return pypi.package;
  if (whl !== undefined) return whl;
  return Object.keys(others).join(", ");
}

/** The MLflow run that a task logs to, or at least its experiment. */
export type TrackedRun = { readonly runId?: string; readonly experimentId?: string };

/**
 * Ways to continue a run: the options of `mlflow run` and `flightdeck run`, and a script that sets the variable itself.
 */
const RUN_IN_SCRIPT =
  /(?:"_mlflow_local_backend_run_id": ?"|--run-id[ =]|\bMLFLOW_RUN_ID=['"]?)([0-9a-f]{32})\b/;
const RUN_ID = /^[0-9a-f]{32}$/;

export function trackedRunOf(run: Pick<JobRunWire, "tasks" | "task">): TrackedRun {
  const shell = findJobTask(run)?.shell_command_task;
  if (shell === undefined) return {};
  const { MLFLOW_RUN_ID: named = "", MLFLOW_EXPERIMENT_ID: experimentId } = shell.env_vars;
  const runId = RUN_ID.test(named) ? named : RUN_IN_SCRIPT.exec(shell.command.join(" "))?.[1];
  return { ...(runId !== undefined && { runId }), ...(experimentId !== undefined && { experimentId }) };
}

/** Where to see the job that made a run: in this page, elsewhere, or unknown. */
export type JobRunPlace =
  | { readonly kind: "here"; readonly jobId: string; readonly jobRunId: string }
  | { readonly kind: "elsewhere"; readonly jobRunId: string; readonly url: string }
  | { readonly kind: "unknown"; readonly jobRunId: string };

const ADDRESS = /\/jobs\/(\d+)\/runs\/(\d+)$/;

/** Reads the tags in which `mlflow run -b databricks` records its job. They are untrusted: anybody can set them. */
export function findJobRunPlace(tags: readonly Tag[], serverUrl: string): JobRunPlace | undefined {
  const url = URL.parse(findTagValue(tags, SYSTEM_TAGS.databricksRunUrl) ?? "");
  const [, jobId, ofAddress] = ADDRESS.exec(url?.pathname ?? "") ?? [];
  const jobRunId = findTagValue(tags, SYSTEM_TAGS.databricksJobRunId) ?? ofAddress;
  if (jobRunId === undefined) return undefined;
  const isHere = url?.href.startsWith(`${serverUrl}/`) === true;
  if (isHere && jobId !== undefined && ofAddress !== undefined)
    return { kind: "here", jobId, jobRunId: ofAddress };
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  return isWeb ? { kind: "elsewhere", jobRunId, url: url.href } : { kind: "unknown", jobRunId };
}

const MB_PER_GB = 1024;

type Size = Pick<ClusterSpecWire, "node_type_id" | "num_workers" | "autoscale" | "spark_version">;

/** The requested size: `p3.2xlarge, 7–8 workers, Spark 15.4.x-scala2.12`. */
export function clusterAskedFor(spec: Size): string {
  const { node_type_id: nodeType, spark_version: spark } = spec;
  const parts = [nodeType, workersText(spec), spark && `Spark ${spark}`];
  return parts.filter((part) => part !== undefined && part !== "").join(", ") || "–";
}

/** What this machine provides: `4 cores, 15.6 GB`; undefined if the cluster is not running. */
export function clusterGot({
  cluster_cores: cores,
  cluster_memory_mb: memoryMb,
}: Pick<ClusterWire, "cluster_cores" | "cluster_memory_mb">): string | undefined {
  if (cores === undefined) return undefined;
  const memory = memoryMb === undefined ? "" : `, ${(memoryMb / MB_PER_GB).toFixed(1)} GB`;
  return `${formatPlural(cores, "core")}${memory}`;
}

function workersText({ num_workers: count, autoscale }: Size): string | undefined {
  if (autoscale !== undefined) {
    const { min_workers: min = 0, max_workers: max = min } = autoscale;
    return min === max ? formatPlural(max, "worker") : `${min}–${max} workers`;
  }
  if (count === undefined) return undefined;
  return formatPlural(count, "worker");
}
