import { sleep } from "@flightdeck/core";
import { readdir, readFile } from "node:fs/promises";

/**
 * A process and all that it started. The leader is started in its own session, so its pid is the group's id; the
 * marker is an environment variable that descendants inherit, which finds those that moved to a group of their own.
 */
export type ProcessGroup = {
  /** Undefined when it is not known, or may be another process's by now: then the marker alone finds members. */
  readonly leaderPid: number | undefined;
  readonly marker: string;
};

/** Environment variable that carries the markers of all enclosing groups, joined by `:`. */
export const GROUP_MARKER_VARIABLE = "FLIGHTDECK_PROCESS_GROUP";

/** How often a group is looked at while it ends: soon enough to feel instant, rare enough to cost nothing. */
const POLL_MS = 20;
/** After SIGKILL the kernel needs a moment; a process in uninterruptible I/O may need longer and is given up on. */
const KILL_WAIT_MS = 5_000;

/** Sends a signal to every member. Members that are gone, or belong to someone else, are passed over. */
export async function signalGroup(group: ProcessGroup, signal: NodeJS.Signals): Promise<void> {
  if (group.leaderPid !== undefined) trySignal(-group.leaderPid, signal);
  for (const pid of await strayPids(group)) trySignal(pid, signal);
}

/** Ends what is left of a group: SIGTERM, then SIGKILL when `graceMs` has passed or `killNow` fires. */
export async function endGroup(group: ProcessGroup, graceMs: number, killNow?: AbortSignal): Promise<void> {
  if (!(await isGroupAlive(group))) return;
  await signalGroup(group, "SIGTERM");
  if (await groupEnds(group, { withinMs: graceMs, killNow })) return;
  await groupEnds(group, { withinMs: KILL_WAIT_MS, repeat: "SIGKILL" });
}

/** Whether the group has a member that still runs; one that is dead and waits to be reaped does not count. */
async function isGroupAlive(group: ProcessGroup): Promise<boolean> {
  const processes = await listProcesses();
  if (processes === undefined) return group.leaderPid !== undefined && trySignal(-group.leaderPid, 0);
  return await hasMember(group, processes);
}

type GroupEnds = {
  readonly withinMs: number;
  readonly killNow?: AbortSignal | undefined;
  /** Sent again at every look: a member that forks while it is signalled leaves one that was not. */
  readonly repeat?: NodeJS.Signals;
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

/** Members outside the leader's group, found by the marker. */
async function strayPids(group: ProcessGroup): Promise<readonly number[]> {
  const processes = (await listProcesses()) ?? [];
  const outside = processes.filter(({ groupId }) => groupId !== group.leaderPid);
  const marked = await Promise.all(outside.map(({ pid }) => hasMarker(pid, group.marker)));
  return outside.filter((_, index) => marked[index] === true).map(({ pid }) => pid);
}

/** Running processes, or undefined where the system has no `/proc` (then only the group id is known). */
async function listProcesses(): Promise<readonly ProcessRow[] | undefined> {
  const names = await readdir("/proc").catch(() => []);
  const pids = names.map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  if (pids.length === 0) return undefined;
  const rows = await Promise.all(pids.map(readProcess));
  return rows.filter((row) => row !== undefined);
}

/** proc(5): the fields after the last `)` of stat are state, parent, process group. */
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
    return false; // ESRCH: it is gone. EPERM: it is not ours.
  }
}
