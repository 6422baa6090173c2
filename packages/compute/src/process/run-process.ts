import { AppError, messageOf, newId, sleep, throwIfAborted } from "@flightdeck/core";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { LineRing } from "./line-ring.ts";
import { OrphanWatch } from "./orphan-watch.ts";
import type { ProcessExit } from "./process-exit.ts";
import { endGroup, GROUP_MARKER_VARIABLE } from "./process-group.ts";
import { StopLadder } from "./stop-ladder.ts";

/** A piece of output as it came. `stream` tells which of the two it was written to. */
export type ProcessOutput = { readonly stream: "stdout" | "stderr"; readonly chunk: Uint8Array };

/** What to run, and how it is watched and stopped. */
export type RunProcessOptions = {
  /** Program and arguments. No shell is involved unless the program is one. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  /** The whole environment; default: ours. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default `ignore`. A terminal cannot be inherited: the process is in a session of its own. */
  readonly stdin?: "ignore" | "inherit";
  /** `inherit` hands our own stdout down, so that a program sees the terminal; default `pipe`. */
  readonly stdout?: "pipe" | "inherit";
  /** Gets piped output as it comes; a returned promise holds the process back until it resolves. */
  readonly onOutput?: (output: ProcessOutput) => void | Promise<void>;
  /** Ends the process politely: SIGINT, SIGTERM after half of the grace, SIGKILL after all of it, to all that it started. */
  readonly signal?: AbortSignal;
  /** Ends the process with SIGKILL at once, without waiting for the grace. */
  readonly killSignal?: AbortSignal;
  /** Milliseconds from the polite signal to SIGKILL. */
  readonly killGraceMs?: number;
  /**
   * Program and arguments to run when our own process was killed, or crashed, and all that the process started has been
   * ended. It gets our environment and working directory.
   */
  readonly onOrphaned?: readonly string[] | undefined;
};

/** What `docker stop` gives a container. */
const KILL_GRACE_MS_DEFAULT = 10_000;
/** What a process leaves running in the background after its own end gets less time: nobody waits for it. */
const LEFTOVER_GRACE_MS_MAX = 2_000;
/** Pipes close with their last writer. One that escaped the group may hold them open; its output is not waited for. */
const DRAIN_MS_MAX = 1_000;
/** Enough to see a stack trace's end or a usage message, little enough for an error message. */
const LAST_LINES = { linesMax: 20, lineCharsMax: 1_000 } as const;

/**
 * Runs a program to its end in a session and process group of its own, and gives how it ended. Nothing that it started
 * is left running afterwards, whether it ended by itself, was cancelled, or we are killed with SIGKILL, and however stubborn
 * its children are.
 *
 * A process in its own group does not get the terminal's Ctrl-C: whoever calls this cancels by `signal`. A cancelled
 * process is no error; it resolves like any other, mostly with `signal` set.
 *
 * Errors: `INVALID_PARAMETER_VALUE` when the program or the working directory is not there, `CANCELLED` when `signal`
 * had fired before the start.
 *
 * @example
 * ```ts
 * const exit = await runProcess({ argv: ["sh", "-c", "echo hello; exit 3"] });
 * exit.code; // 3
 * exit.lastLines; // ["hello"]
 * ```
 */
export async function runProcess(options: RunProcessOptions): Promise<ProcessExit> {
  throwIfAborted(options.signal);
  const marker = newId();
  const graceMs = options.killGraceMs ?? KILL_GRACE_MS_DEFAULT;
  const watch = new OrphanWatch({ marker, graceMs, afterwards: options.onOrphaned });
  try {
    const child = await start(options, marker);
    watch.begin(child.pid ?? 0);
    return await follow(child, { ...options, marker, graceMs });
  } finally {
    watch.dispose();
  }
}

type FollowOptions = RunProcessOptions & { readonly marker: string; readonly graceMs: number };

async function follow(child: ChildProcess, options: FollowOptions): Promise<ProcessExit> {
  const { marker, graceMs, signal, killSignal } = options;
  const group = { leaderPid: child.pid ?? 0, marker };
  const ladder = new StopLadder({ group, graceMs, signal, killSignal });
  const ring = new LineRing(LAST_LINES);
  const pumped = pumpAll(child, ring, options.onOutput);
  pumped.catch(ladder.begin); // A process whose output nobody takes is of no use; `drain` throws the reason on.
  try {
    const exit = await exitOf(child);
    await endGroup(group, Math.min(graceMs, LEFTOVER_GRACE_MS_MAX), killSignal);
    await drain(pumped, child);
    return { ...exit, lastLines: ring.lines() };
  } finally {
    ladder.dispose();
  }
}

async function start(options: RunProcessOptions, marker: string): Promise<ChildProcess> {
  const [program, ...args] = options.argv;
  await requireFolder(options.cwd);
  const env = options.env ?? process.env;
  const enclosing = env[GROUP_MARKER_VARIABLE];
  const child = spawn(program, args, {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...env, [GROUP_MARKER_VARIABLE]: enclosing === undefined ? marker : `${enclosing}:${marker}` },
    stdio: [options.stdin ?? "ignore", options.stdout ?? "pipe", "pipe"],
    detached: true,
  });
  await once(child, "spawn").catch((cause: unknown) => {
    throw new AppError("INVALID_PARAMETER_VALUE", startFailure(program, cause), { cause });
  });
  return child;
}

function startFailure(program: string, cause: unknown): string {
  const missing = messageOf(cause).includes("ENOENT");
  return `cannot start "${program}": ${missing ? "no such program on PATH" : messageOf(cause)}`;
}

/** Spawning in a folder that is not there fails like a program that is not there; tell them apart before. */
async function requireFolder(cwd: string | undefined): Promise<void> {
  if (cwd === undefined) return;
  const stats = await stat(cwd).catch(() => undefined);
  if (stats?.isDirectory()) return;
  throw new AppError("INVALID_PARAMETER_VALUE", `working directory "${cwd}" does not exist or is no folder`);
}

function exitOf(child: ChildProcess): Promise<Pick<ProcessExit, "code" | "signal">> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
}

type OnOutput = RunProcessOptions["onOutput"];

async function pumpAll(child: ChildProcess, ring: LineRing, onOutput: OnOutput): Promise<void> {
  const pump = async (stream: ProcessOutput["stream"]): Promise<void> => {
    const decoder = new TextDecoder();
    // Typed as any in Node; a stream without an encoding yields bytes.
    const source: AsyncIterable<Uint8Array> = child[stream] ?? emptySource();
    for await (const chunk of source) {
      ring.push(decoder.decode(chunk, { stream: true }));
      await onOutput?.({ stream, chunk });
    }
  };
  await Promise.all([pump("stdout"), pump("stderr")]);
}

async function* emptySource(): AsyncIterable<Uint8Array> {}

/** Takes what is still in the pipes. */
async function drain(pumped: Promise<void>, child: ChildProcess): Promise<void> {
  const timeUp = new AbortController();
  const late = sleep(DRAIN_MS_MAX, timeUp.signal).then(
    () => [child.stdout, child.stderr].forEach((stream) => stream?.destroy()),
    () => undefined,
  );
  await Promise.race([pumped, late]);
  timeUp.abort();
}
