import { invalid, messageOf, newId, sleep, throwIfAborted } from "@flightdeck/core";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { constants } from "node:os";
import { LineRing } from "./line-ring.ts";
import { OrphanWatch } from "./orphan-watch.ts";
import { endGroup, GROUP_MARKER_VARIABLE, type ProcessGroup, signalGroup } from "./process-group.ts";

/** A piece of output. */
export type ProcessOutput = { readonly stream: "stdout" | "stderr"; readonly chunk: Uint8Array };

/** The program to run, and how to observe and stop it. */
export type RunProcessOptions = {
  /** Program and arguments. No shell is involved unless the program is one. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string | undefined;
  /** The complete environment; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Default `ignore`. A terminal cannot be inherited, because the process runs in its own session. */
  readonly stdin?: "ignore" | "inherit" | undefined;
  /** `inherit` passes on our stdout, so that the program sees the terminal; default `pipe`. */
  readonly stdout?: "pipe" | "inherit" | undefined;
  /** Receives piped output as it arrives. A returned promise applies backpressure until it resolves. */
  readonly onOutput?: ((output: ProcessOutput) => void | Promise<void>) | undefined;
  /** Ends the process and everything it started: SIGINT, SIGTERM after half of the grace period, SIGKILL after all of it. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the process with SIGKILL immediately. */
  readonly killSignal?: AbortSignal | undefined;
  /** The grace period from SIGINT to SIGKILL in milliseconds. */
  readonly killGraceMs?: number | undefined;
  /**
   * The argv of a program to run if our own process crashes or is killed, once everything that the process started has
   * ended. It gets our environment and working directory.
   */
  readonly onOrphaned?: readonly string[] | undefined;
};

/** The same as `docker stop`. */
const KILL_GRACE_MS_DEFAULT = 10_000;

/** Background processes that outlive the main process get less time, because nobody depends on them. */
const LEFTOVER_GRACE_MS_MAX = 2_000;

/** A pipe closes with its last writer. A process that escaped the group may keep it open, so we do not wait long. */
const DRAIN_MS_MAX = 1_000;

/** Enough for the end of a stack trace or a usage message, short enough for an error message. */
const LAST_LINES = { linesMax: 20, lineCharsMax: 1_000 } as const;

/** How a process ended: with an exit code or by a signal. Exactly one of the two is null. */
export type ProcessExit = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines of its piped output, oldest first, for error messages. */
  readonly lastLines: readonly string[];
};

/** Shells report a death by signal as 128 plus the signal's number (POSIX, "Exit Status for Commands"). */
const SIGNAL_EXIT_BASE = 128;

type StopLadderOptions = {
  readonly group: ProcessGroup;
  /** Milliseconds from the first signal to SIGKILL. */
  readonly graceMs: number;
  /** Starts the escalation. */
  readonly signal?: AbortSignal | undefined;
  /** Skips to SIGKILL. */
  readonly killSignal?: AbortSignal | undefined;
};

/**
 * Runs a program in a separate session and process group, waits for it to end, and returns how it ended. Nothing that
 * it started keeps running afterwards, whether it exits, is cancelled, or our own process is killed with SIGKILL, and
 * even if its children ignore signals.
 *
 * A process in a separate group does not receive the terminal's Ctrl-C: the caller must cancel it with `signal`.
 * Cancelling does not make the call throw; it resolves as usual, normally with `signal` set.
 *
 * Errors: `INVALID_PARAMETER_VALUE` if the program or the working directory does not exist, `CANCELLED` if `signal`
 * fired before the start.
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
  pumped.catch(ladder.begin); // If `onOutput` fails, the process is ended; `drain` rethrows the error.
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
    cwd: options.cwd,
    env: { ...env, [GROUP_MARKER_VARIABLE]: enclosing === undefined ? marker : `${enclosing}:${marker}` },
    stdio: [options.stdin ?? "ignore", options.stdout ?? "pipe", "pipe"],
    detached: true,
  });
  await once(child, "spawn").catch((cause: unknown) => {
    throw invalid(startFailure(program, cause), { cause });
  });
  return child;
}

function startFailure(program: string, cause: unknown): string {
  const missing = messageOf(cause).includes("ENOENT");
  return `cannot start "${program}": ${missing ? "no such program on PATH" : messageOf(cause)}`;
}

/** Checked first, because spawning in a missing folder gives the same error as a missing program. */
async function requireFolder(cwd: string | undefined): Promise<void> {
  if (cwd === undefined) return;
  const stats = await stat(cwd).catch(() => undefined);
  if (stats?.isDirectory()) return;
  throw invalid(`working directory "${cwd}" does not exist or is not a folder`);
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
    // Node types chunks as any; a stream without an encoding yields bytes.
    const source: AsyncIterable<Uint8Array> = child[stream] ?? emptySource();
    for await (const chunk of source) {
      ring.push(decoder.decode(chunk, { stream: true }));
      await onOutput?.({ stream, chunk });
    }
  };
  await Promise.all([pump("stdout"), pump("stderr")]);
}

async function* emptySource(): AsyncIterable<Uint8Array> {}

/** Reads the rest of the output. */
async function drain(pumped: Promise<void>, child: ChildProcess): Promise<void> {
  const timeUp = new AbortController();
  const late = sleep(DRAIN_MS_MAX, timeUp.signal).then(
    () => [child.stdout, child.stderr].forEach((stream) => stream?.destroy()),
    () => undefined,
  );
  await Promise.race([pumped, late]);
  timeUp.abort();
}

/**
 * The exit code that a shell would report for the process: 0 to 255.
 *
 * @example
 * ```ts
 * exitCodeOf({ code: null, signal: "SIGKILL", lastLines: [] }); // 137
 * ```
 */
export function exitCodeOf(exit: ProcessExit): number {
  if (exit.code !== null) return exit.code;
  return SIGNAL_EXIT_BASE + (exit.signal === null ? 0 : constants.signals[exit.signal]);
}

/**
 * Ends a running group in steps: SIGINT, on which programs clean up; SIGTERM after half of the grace period, for
 * programs that ignore SIGINT, such as a shell's background jobs; SIGKILL after the whole grace period.
 */
class StopLadder {
  readonly #options: StopLadderOptions;
  #timers: readonly NodeJS.Timeout[] = [];
  readonly begin: () => void = () => this.#climb();
  readonly #kill = (): void => this.#send("SIGKILL");

  constructor(options: StopLadderOptions) {
    this.#options = options;
    options.signal?.addEventListener("abort", this.begin, { once: true });
    options.killSignal?.addEventListener("abort", this.#kill, { once: true });
    if (options.signal?.aborted) this.begin();
    if (options.killSignal?.aborted) this.#kill();
  }

  /** Stops sending signals. */
  dispose(): void {
    this.#timers.forEach(clearTimeout);
    this.#options.signal?.removeEventListener("abort", this.begin);
    this.#options.killSignal?.removeEventListener("abort", this.#kill);
  }

  #climb(): void {
    if (this.#timers.length > 0) return;
    this.#send("SIGINT");
    const { graceMs } = this.#options;
    this.#timers = [setTimeout(() => this.#send("SIGTERM"), graceMs / 2), setTimeout(this.#kill, graceMs)];
  }

  #send(signal: NodeJS.Signals): void {
    void signalGroup(this.#options.group, signal); // Never rejects; the process's exit event reports the result.
  }
}
