import { sleep } from "@flightdeck/core";
import { readdir, readFile } from "node:fs/promises";

/**
 * A process and everything it started. The leader runs in a separate session, so its pid is the group's id. The marker
 * is an environment variable that descendants inherit; it identifies those that moved to another process group.
 */
export type ProcessGroup = {
  /** Undefined if unknown or possibly reused by another process; then members are found only by the marker. */
  readonly leaderPid: number | undefined;
  readonly marker: string;
};

/** The environment variable with the markers of all enclosing groups, joined by `:`. */
export const GROUP_MARKER_VARIABLE = "FLIGHTDECK_PROCESS_GROUP";

/** How often to check a group that is ending: short enough to feel instant, long enough to cost nothing. */
const POLL_MS = 20;
/** The kernel needs a moment after SIGKILL. We give up on processes in uninterruptible I/O, which may take longer. */
const KILL_WAIT_MS = 5_000;

/** Sends a signal to every member. Ignores members that have ended or belong to another user. */
export async function signalGroup(group: ProcessGroup, signal: NodeJS.Signals): Promise<void> {
  if (group.leaderPid !== undefined) trySignal(-group.leaderPid, signal);
  for (const pid of await strayPids(group)) trySignal(pid, signal);
}

/** Ends the remaining members of a group: SIGTERM, then SIGKILL after `graceMs` or when `killNow` fires. */
export async function endGroup(group: ProcessGroup, graceMs: number, killNow?: AbortSignal): Promise<void> {
  if (!(await isGroupAlive(group))) return;
  await signalGroup(group, "SIGTERM");
  if (await groupEnds(group, { withinMs: graceMs, killNow })) return;
  await groupEnds(group, { withinMs: KILL_WAIT_MS, repeat: "SIGKILL" });
}

/** Whether any member is still running. Zombies do not count. */
async function isGroupAlive(group: ProcessGroup): Promise<boolean> {
  const processes = await listProcesses();
  if (processes === undefined) return group.leaderPid !== undefined && trySignal(-group.leaderPid, 0);
  return await hasMember(group, processes);
}

type GroupEnds = {
  readonly withinMs: number;
  readonly killNow?: AbortSignal | undefined;
  /** Sent again at every check, because a member may have forked just before it got the signal. */
  readonly repeat?: NodeJS.Signals | undefined;
};

async function groupEnds(group: ProcessGroup, { withinMs, killNow, repeat }: GroupEnds): Promise<boolean> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    if (repeat !== undefined) await signalGroup(group, repeat);
    if (!(await isGroupAlive(group))) return true;
    if (killNow?.aborted || performance.now() >= deadlineMs) return false;
    await sleep(POLL_MS);
  }
}

type ProcessRow = { readonly pid: number; readonly groupId: number };

async function hasMember(group: ProcessGroup, processes: readonly ProcessRow[]): Promise<boolean> {
  if (processes.some(({ groupId }) => groupId === group.leaderPid)) return true;
  for (const { pid } of processes) if (await hasMarker(pid, group.marker)) return true;
  return false;
}

/** Members outside the leader's process group, found by the marker. */
async function strayPids(group: ProcessGroup): Promise<readonly number[]> {
  const processes = (await listProcesses()) ?? [];
  const outside = processes.filter(({ groupId }) => groupId !== group.leaderPid);
  const marked = await Promise.all(outside.map(({ pid }) => hasMarker(pid, group.marker)));
  return outside.filter((_, index) => marked[index] === true).map(({ pid }) => pid);
}

/** Lists running processes; undefined on systems without `/proc`, where only the group id is known. */
async function listProcesses(): Promise<readonly ProcessRow[] | undefined> {
  const names = await readdir("/proc").catch(() => []);
  const pids = names.map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  if (pids.length === 0) return undefined;
  const rows = await Promise.all(pids.map(readProcess));
  return rows.filter((row) => row !== undefined);
}

/** proc(5): the fields after the last `)` in stat are state, parent and process group. */
async function readProcess(pid: number): Promise<ProcessRow | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  const [state, , groupId] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === undefined || groupId === undefined || state === "Z" || state === "X") return undefined;
  return { pid, groupId: Number(groupId) };
}

async function hasMarker(pid: number, marker: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
  return environment.includes(marker);
}

function trySignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // ESRCH: it has ended. EPERM: it belongs to another user.
  }
}
