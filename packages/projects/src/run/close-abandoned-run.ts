import type { CallOptions, MlflowClient } from "@flightdeck/client";
import { type Run, TERMINAL_RUN_STATUSES } from "@flightdeck/protocol";
import { killOpenChildren } from "./kill-open-children.ts";

/**
 * Marks a run whose process is gone as KILLED, and with it the runs below it that are still RUNNING. A run that has
 * ended stays as it is. Gives the run as it is afterwards.
 */
export async function closeAbandonedRun(
  client: MlflowClient,
  runId: string,
  options: CallOptions = {},
): Promise<Run["info"]> {
  const { info } = await client.getRun(runId, options);
  const hasEnded = TERMINAL_RUN_STATUSES.includes(info.status);
  if (!hasEnded) await client.updateRun({ runId, status: "KILLED", endTimeMs: Date.now() }, options);
  await killOpenChildren(client, info, options);
  return hasEnded ? info : (await client.getRun(runId, options)).info;
}
