import type { JobRunWire } from "@flightdeck/protocol";
import { findJobTask } from "./job-task-view.ts";

/** What a task says of the MLflow run that it logs to: the run itself, or the experiment that it is in. */
export type TrackedRun = { readonly runId?: string; readonly experimentId?: string };

/** How `mlflow run` and `flightdeck run` are told to go on with a run, and a script that sets it by itself. */
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
