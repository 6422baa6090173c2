import { AppError, messageOf, newId } from "@flightdeck/core";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { GROUP_MARKER_VARIABLE } from "../process/process-group.ts";
import { systemProgram } from "../process/system-program.ts";
import { type DetachedProcess, findDetached } from "./detached-process.ts";
import { SUPERVISOR_SCRIPT } from "./supervisor-script.ts";

export type StartDetachedOptions = {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Exists, is empty, and is the process's own; its output and its end are written there. */
  readonly folder: string;
  /** What is kept of each of the two outputs; the rest is dropped, and a line says so. */
  readonly outputBytesMax: number;
};

/**
 * Starts a program in a session and a process group of its own, which goes on when our process ends. When it has ended, all
 * that it left running is ended too. A program that is not there is no error: it ends with 127, as in a shell.
 */
export async function startDetached(options: StartDetachedOptions): Promise<DetachedProcess> {
  const { argv, cwd, env, outputBytesMax } = options;
  const folder = resolve(options.folder);
  await requireFolder(cwd);
  const own = [folder, newId(), GROUP_MARKER_VARIABLE, String(outputBytesMax)];
  const child = spawnSupervisor([...own, ...argv], { cwd, env: { ...env } });
  const started = await firstLineOf(child).then(() => findDetached(folder));
  child.unref();
  if (started !== undefined) return started;
  throw new AppError(
    "IO_ERROR",
    `no process could be started in ${folder}: it cannot be written, or there is no bash`,
  );
}

function spawnSupervisor(
  args: readonly string[],
  place: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): ChildProcess {
  // No file that the program's environment names, and none of the user's, is read first.
  const shell = ["--norc", "-p", "-c", SUPERVISOR_SCRIPT, "bash"];
  try {
    return spawn(systemProgram("bash"), [...shell, ...args], {
      ...place,
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
  } catch (cause) {
    // Node throws what the system says of the arguments; all else comes as an event.
    const message = `the command, or its environment, cannot be passed to a program: ${messageOf(cause)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  }
}

/** Resolves at the end of the output, too: then there was no line. */
async function firstLineOf(child: ChildProcess): Promise<void> {
  const { stdout } = child;
  if (stdout === null) return;
  child.once("error", () => stdout.destroy()); // It could not be spawned.
  stdout.resume();
  await Promise.race([once(stdout, "data"), once(stdout, "close")]);
  stdout.destroy();
}

async function requireFolder(cwd: string): Promise<void> {
  const stats = await stat(cwd).catch(() => undefined);
  if (stats?.isDirectory()) return;
  throw new AppError("INVALID_PARAMETER_VALUE", `working directory "${cwd}" does not exist or is no folder`);
}
