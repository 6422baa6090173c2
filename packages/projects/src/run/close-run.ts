import type { CallOptions, MlflowClient } from "@flightdeck/client";
import { type Run, type RunStatus, TERMINAL_RUN_STATUSES } from "@flightdeck/protocol";
import { killOpenChildren } from "./kill-open-children.ts";

export type EndStatus = Extract<RunStatus, "FINISHED" | "FAILED" | "KILLED">;

/**
 * Records how a project's run ended. The process itself may have ended the run already, as MLflow's `start_run` does on
 * leaving: a FINISHED of ours does not overwrite what it said, but a process that failed or was killed is never left
 * as FINISHED.
 */
export async function closeRun(
  client: MlflowClient,
  run: Run["info"],
  status: EndStatus,
  options: CallOptions = {},
): Promise<EndStatus> {
  const { runId } = run;
  const current = (await client.getRun(runId, options)).info.status;
  if (status === "FINISHED" && isEnd(current)) return current;
  if (status !== current) await client.updateRun({ runId, status, endTimeMs: Date.now() }, options);
  if (status === "KILLED") await killOpenChildren(client, run, options);
  return status;
}

function isEnd(status: RunStatus): status is EndStatus {
  return TERMINAL_RUN_STATUSES.includes(status);
}
