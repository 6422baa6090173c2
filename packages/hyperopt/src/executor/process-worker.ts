import { type ChildProcess, fork } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { ExecutorFactory } from "./executor.ts";
import type { FromWorker } from "./worker-messages.ts";
import { type TrialWorker, workerPool } from "./worker-pool.ts";

/**
 * Evaluates in child processes, by default one per core. `fn` must be a `workerModule`, which each process loads once.
 * If a trial is cancelled, times out or crashes, its process is killed along with everything it started in its process
 * group. The same happens when this process ends, even by SIGKILL.
 *
 * @example
 * ```ts
 * await fmin({ fn: workerModule("./train.ts"), space, executor: processExecutor, parallelism: 4, maxEvals: 40 });
 * ```
 */
export const processExecutor: ExecutorFactory = (options) =>
  workerPool(options, { name: "processExecutor", start: startProcess });

function startProcess(): TrialWorker {
  const program = fileURLToPath(new URL("./trial-worker.ts", import.meta.url));
  const child = fork(program, {
    execArgv: inheritedOptions(),
    stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"], // The last entry is WATCH_FD.
    serialization: "advanced",
    detached: true, // A separate process group, so that it can be killed as a whole.
  });
  const ended = endOf(child);
  return {
    stdout: child.stdout as Readable, // Both streams are piped.
    stderr: child.stderr as Readable,
    ended,
    post: (message) => void child.send(message, () => {}), // `ended` reports a dead child.
    onMessage: (listener) => void child.on("message", (message) => listener(message as FromWorker)), // From trial-worker.ts.
    end: async () => {
      if (child.pid !== undefined) killGroup(child.pid);
      await ended;
    },
  };
}

/**
 * This process's options, except for a program given on the command line, which Node would run in the child instead of
 * ours.
 */
function inheritedOptions(): string[] {
  const options = process.execArgv.filter((option) => !option.startsWith("--input-type"));
  const evaluated = options.findIndex((option) => ["-e", "--eval", "-p", "-pe", "--print"].includes(option));
  return evaluated < 0 ? options : options.toSpliced(evaluated, 2);
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(`before it began: ${error.message}`));
    child.once("exit", (code, signal) => {
      // Kills processes that the objective left running.
      if (child.pid !== undefined) killGroup(child.pid);
      resolve(signal === null ? `with exit code ${code}` : `by ${signal}`);
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: the group is empty.
  }
}
