import { AppError, codeOf, sleep } from "@flightdeck/core";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { endGroup, type ProcessGroup } from "../process/process-group.ts";
import { isRunning, isThisBoot, type ProcessIdentity, readUnlessAbsent } from "./process-identity.ts";

/**
 * A program that runs independently of this process. Plain data with which any later process can find the program
 * again, or learn that it has ended, even if its pid has been reused.
 */
export type DetachedProcess = {
  /** The shell that supervises the program and records how it ends. */
  readonly supervisor: ProcessIdentity;
  /** Identifies the program's processes: it is in the environment of each. */
  readonly marker: string;
  /** Absolute path of the folder with `stdout`, `stderr` and, after the end, `exit`. */
  readonly folder: string;
};

const identity = { pid: z.int().positive(), startTime: z.string().min(1), bootId: z.string() };

const MARKER = /^[0-9a-f]{32}$/; // Only ids from `newId`: a marker that matched other processes would kill them.

const writtenSchema = z.object({ ...identity, marker: z.string().regex(MARKER) });

const detachedSchema = z.object({
  supervisor: z.object(identity),
  marker: z.string().regex(MARKER),
  folder: z.string().startsWith("/"),
});

/** How a detached program ended; `lost` if that is unknown. */
export type DetachedEnd =
  | { readonly kind: "exited"; readonly exitCode: number }
  | { readonly kind: "lost"; readonly reason: string };

/** A check reads two small files. A delay of 0.1 s at the end of a job goes unnoticed. */
const POLL_MS = 100;

/** The delay from SIGTERM to SIGKILL. Including the times below, cancelling takes at most one second. */
const POLITE_MS = 300;

/** How long the supervisor may take to record a program's end. */
const WRITE_MS_MAX = 250;

const CANCEL_POLL_MS = 20;

/** The shell's exit code for SIGKILL. */
const KILLED_EXIT_CODE = 137;

/** Parses a stored result of `startDetached`. Throws `INVALID_STATE` for anything else. */
export function parseDetachedProcess(value: unknown): DetachedProcess {
  const parsed = detachedSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError("INVALID_STATE", `no detached process is named by ${JSON.stringify(value)}`);
}

/**
 * Finds the process that was started in a folder, running or ended; undefined if there was none. Works even if the
 * starting process died before it could store the result of `startDetached`.
 */
export async function findDetached(folder: string): Promise<DetachedProcess | undefined> {
  const text = await readFile(join(folder, "process"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { marker, ...supervisor } = writtenSchema.parse(JSON.parse(text)); // Our own file, written atomically.
  return { supervisor, marker, folder };
}

/**
 * Waits until the program and everything it started have ended. Any process may wait, any number of times. Throws
 * `CANCELLED` when `signal` fires; the program continues.
 */
export async function waitForDetached(detached: DetachedProcess, signal?: AbortSignal): Promise<DetachedEnd> {
  for (;;) {
    const end = await findEnd(detached).catch(stillUnknown);
    if (end !== undefined) return end;
    await sleep(POLL_MS, signal);
  }
}

/**
 * A machine that is short of resources cannot tell which processes are running. That is temporary, so it must not make
 * a running program look lost.
 */
function stillUnknown(error: unknown): undefined {
  if (!SHORTAGES.has(codeOf(error) ?? "")) throw error;
}

const SHORTAGES: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN"]);

/** Undefined while the program is running. */
async function findEnd(detached: DetachedProcess): Promise<DetachedEnd | undefined> {
  // Order matters: the supervisor writes the exit code before it ends.
  const runs = await isRunning(detached.supervisor);
  const exitCode = await findExitCode(detached.folder);
  if (exitCode !== undefined) return { kind: "exited", exitCode };
  return runs ? undefined : await lost(detached);
}

async function findExitCode(folder: string): Promise<number | undefined> {
  const text = await readUnlessAbsent(join(folder, "exit"));
  return text === undefined ? undefined : Number(text);
}

async function lost({ supervisor, marker }: DetachedProcess): Promise<DetachedEnd> {
  if (!(await isThisBoot(supervisor.bootId))) {
    return { kind: "lost", reason: "the machine was restarted while it ran" };
  }
  // By now its group's id may belong to another group.
  await endGroup({ leaderPid: undefined, marker }, 0);
  return {
    kind: "lost",
    reason:
      "its supervisor was killed or could not record how it ended; its remaining processes have been ended",
  };
}

/**
 * Ends a program and everything it started, including processes in other sessions: SIGTERM, then SIGKILL. Within one
 * second everything has ended and `waitForDetached` resolves. Does nothing if the program has already ended.
 */
export async function cancelDetached(detached: DetachedProcess): Promise<void> {
  if (!(await isRunning(detached.supervisor))) return;
  await writeFile(join(detached.folder, "cancelled"), ""); // For a program that is just starting.
  await endGroup(await groupOf(detached), POLITE_MS);
  if (await supervisorEnds(detached)) return;
  await endGroup(await groupOf(detached), 0);
  // Not the supervisor alone: the processes that keep the output are in its group, and may take a moment longer to end.
  await endGroup({ leaderPid: detached.supervisor.pid, marker: detached.marker }, 0);
  await writeFile(join(detached.folder, "exit"), String(KILLED_EXIT_CODE), { flag: "wx" }).catch(
    () => undefined,
  );
}

/** The leader's pid cannot be reused while its parent, the supervisor, runs and has not reaped it. */
async function groupOf({ folder, marker }: DetachedProcess): Promise<ProcessGroup> {
  const leaderPid = Number(await readFile(join(folder, "leader"), "utf8").catch(() => ""));
  return { leaderPid: leaderPid > 1 ? leaderPid : undefined, marker };
}

async function supervisorEnds({ supervisor }: DetachedProcess): Promise<boolean> {
  const deadlineMs = performance.now() + WRITE_MS_MAX;
  while (await isRunning(supervisor)) {
    if (performance.now() >= deadlineMs) return false;
    await sleep(CANCEL_POLL_MS);
  }
  return true;
}
