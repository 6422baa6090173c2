import type { CallOptions, MlflowClient } from "@flightdeck/client";
import { type Run, type RunStatus, SYSTEM_TAGS, TERMINAL_RUN_STATUSES } from "@flightdeck/protocol";

export type EndStatus = Extract<RunStatus, "FINISHED" | "FAILED" | "KILLED">;

/** Deeper than any real nesting. Parent tags can form a cycle, so the walk needs a bound. */
const DEPTH_MAX = 100;

/**
 * Records how a project's run ended. The process may have ended the run already, as MLflow's `start_run` does on exit. We
 * never overwrite its status with FINISHED, but a process that failed or was killed never keeps FINISHED.
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

/**
 * Marks a run whose process has died as KILLED, together with all nested runs that are still RUNNING. A run that has
 * already ended keeps its status. Returns the updated run.
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

/**
 * Marks the nested runs that are still RUNNING as KILLED, because their process died before it could end them. Searches
 * only the run's own experiment, where nested runs are. Returns the number of runs changed.
 */
async function killOpenChildren(
  client: MlflowClient,
  root: Run["info"],
  options: CallOptions = {},
): Promise<number> {
  const search = { experimentIds: [root.experimentId], filter: "attributes.status = 'RUNNING'" };
  const parents = new Map<string, string | undefined>();
  const open: string[] = [];
  for await (const run of client.searchRunsAll(search, options)) {
    parents.set(run.info.runId, parentOf(run));
    open.push(run.info.runId);
  }
  let killed = 0;
  for (const runId of open) {
    if (runId === root.runId || !(await isDescendant(runId))) continue;
    await client.updateRun({ runId, status: "KILLED", endTimeMs: Date.now() }, options);
    killed += 1;
  }
  return killed;

  async function isDescendant(runId: string): Promise<boolean> {
    let ancestor = parents.get(runId);
    for (let depth = 0; ancestor !== undefined && depth < DEPTH_MAX; depth++) {
      if (ancestor === root.runId) return true;
      if (!parents.has(ancestor)) parents.set(ancestor, await findParent(ancestor));
      ancestor = parents.get(ancestor);
    }
    return false;
  }

  /** Stops at a parent that was deleted or that this client may not read. */
  async function findParent(runId: string): Promise<string | undefined> {
    return await client.getRun(runId, options).then(parentOf, () => undefined);
  }
}

function parentOf(run: Run): string | undefined {
  return run.data.tags.find(({ key }) => key === SYSTEM_TAGS.parentRunId)?.value;
}
