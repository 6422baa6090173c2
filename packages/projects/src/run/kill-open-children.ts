import type { CallOptions, MlflowClient } from "@flightdeck/client";
import { type Run, SYSTEM_TAGS } from "@flightdeck/protocol";

/** Deeper nesting than any search has; keeps a loop of parents, which tags allow, from going on for ever. */
const DEPTH_MAX = 100;

/**
 * Marks the runs below a run that are still RUNNING as KILLED: those of a process that died before it could do so
 * itself. Looks in the run's own experiment, where nested runs are. Gives how many there were.
 */
export async function killOpenChildren(
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
    if (runId === root.runId || !(await isBelow(runId))) continue;
    await client.updateRun({ runId, status: "KILLED", endTimeMs: Date.now() }, options);
    killed += 1;
  }
  return killed;

  async function isBelow(runId: string): Promise<boolean> {
    let ancestor = parents.get(runId);
    for (let depth = 0; ancestor !== undefined && depth < DEPTH_MAX; depth++) {
      if (ancestor === root.runId) return true;
      if (!parents.has(ancestor)) parents.set(ancestor, await findParent(ancestor));
      ancestor = parents.get(ancestor);
    }
    return false;
  }

  /** A parent that is gone, or that this client may not see, ends the way up. */
  async function findParent(runId: string): Promise<string | undefined> {
    return await client.getRun(runId, options).then(parentOf, () => undefined);
  }
}

function parentOf(run: Run): string | undefined {
  return run.data.tags.find(({ key }) => key === SYSTEM_TAGS.parentRunId)?.value;
}
