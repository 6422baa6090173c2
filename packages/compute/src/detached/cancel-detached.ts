import { sleep } from "@flightdeck/core";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { endGroup, type ProcessGroup } from "../process/process-group.ts";
import type { DetachedProcess } from "./detached-process.ts";
import { isRunning } from "./process-identity.ts";

/** From SIGTERM to SIGKILL: with the rest below, all is over within one second. */
const POLITE_MS = 300;
/** What the supervisor gets to write down the end of a program that is gone. */
const WRITE_MS_MAX = 250;
const POLL_MS = 20;
/** SIGKILL, as a shell reports it. */
const KILLED_EXIT_CODE = 137;

/**
 * Ends a program and all that it started, also what moved to sessions of its own: SIGTERM, then SIGKILL. All is gone within
 * one second, and `waitForDetached` resolves. No error when it had ended.
 */
export async function cancelDetached(detached: DetachedProcess): Promise<void> {
  if (!(await isRunning(detached.supervisor))) return;
  await writeFile(join(detached.folder, "cancelled"), ""); // For a program that is just about to start.
  await endGroup(await groupOf(detached), POLITE_MS);
  if (await supervisorEnds(detached)) return;
  await endGroup(await groupOf(detached), 0);
  killSupervisor(detached);
  await supervisorEnds(detached);
  await writeFile(join(detached.folder, "exit"), String(KILLED_EXIT_CODE), { flag: "wx" }).catch(
    () => undefined,
  );
}

/** While its parent runs and has not seen it end, the leader's pid is its own. */
async function groupOf({ folder, marker }: DetachedProcess): Promise<ProcessGroup> {
  const leaderPid = Number(await readFile(join(folder, "leader"), "utf8").catch(() => ""));
  return { leaderPid: leaderPid > 1 ? leaderPid : undefined, marker };
}

async function supervisorEnds({ supervisor }: DetachedProcess): Promise<boolean> {
  const deadlineMs = performance.now() + WRITE_MS_MAX;
  while (await isRunning(supervisor)) {
    if (performance.now() >= deadlineMs) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function killSupervisor({ supervisor }: DetachedProcess): void {
  try {
    process.kill(-supervisor.pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}
