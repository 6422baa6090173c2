import { AppError, cancelled, isAppError } from "@flightdeck/core";
import { GROUP_MARKER_VARIABLE } from "@flightdeck/compute";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { withoutCredentials } from "./without-credentials.ts";

export type RunGitOptions = {
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; default `GIT_MS_MAX`. */
  readonly timeoutMs?: number;
  /** Whether repositories of this machine may be read; default true. What a stranger's repository names may not be. */
  readonly allowFiles?: boolean;
  /** By which the watch over a fetched folder finds git, and ends it when we are killed. */
  readonly marker?: string | undefined;
};

/** Large repositories over slow lines take minutes; a server that stopped answering should not hold a run for ever. */
const GIT_MS_MAX = 30 * 60_000;
/** Names of references, of which a large repository has thousands. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Nobody sits at a terminal to type a password: credentials come from git's helpers, as for MLflow. Only transports that
 * carry data are allowed: `ext::` would run a command.
 */
const ENVIRONMENT = { GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };
const PROTOCOLS = "git:http:https:ssh";

const execFileAsync = promisify(execFile);

/**
 * Runs git and gives what it printed. Throws `IO_ERROR` with what git complained of in one line, without credentials;
 * `CANCELLED` when the signal fires.
 */
export async function runGit(args: readonly string[], options: RunGitOptions): Promise<string> {
  const { cwd, signal, timeoutMs = GIT_MS_MAX, allowFiles = true, marker } = options;
  const protocols = allowFiles ? `file:${PROTOCOLS}` : PROTOCOLS;
  try {
    const { stdout } = await execFileAsync("git", [...args], {
      cwd,
      env: { ...process.env, ...ENVIRONMENT, ...marking(marker), GIT_ALLOW_PROTOCOL: protocols },
      timeout: timeoutMs,
      maxBuffer: OUTPUT_BYTES_MAX,
      ...(signal !== undefined && { signal }),
    });
    return stdout.trim();
  } catch (cause) {
    if (signal?.aborted) throw cancelled(signal);
    throw new AppError("IO_ERROR", complaintOf(cause), { cause });
  }
}

/** Beside the markers of the groups that we are in ourselves. */
function marking(marker: string | undefined): Readonly<Record<string, string>> {
  if (marker === undefined) return {};
  const enclosing = process.env[GROUP_MARKER_VARIABLE];
  return { [GROUP_MARKER_VARIABLE]: enclosing === undefined ? marker : `${enclosing}:${marker}` };
}

/** As `runGit`, but undefined where git fails. */
export async function tryGit(args: readonly string[], options: RunGitOptions): Promise<string | undefined> {
  return await runGit(args, options).catch((error: unknown) => {
    if (isAppError(error, "CANCELLED")) throw error;
    return undefined;
  });
}

/** git's own words for a transport that failed; why is what the transport said before. */
const TRANSPORT_FAILED = "fatal: Could not read from remote repository.";

/** The reason is the first line that is marked as one: those after it say what failed in turn. */
function complaintOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "git failed";
  if ("code" in cause && cause.code === "ENOENT") return "git is not installed";
  if ("killed" in cause && cause.killed === true) return "git took too long";
  const lines = "stderr" in cause ? String(cause.stderr).trim().split("\n") : [];
  const marked = lines.find((each) => /^(?:fatal|error|remote|ssh):/.test(each)) ?? lines.at(-1);
  const line = marked === TRANSPORT_FAILED ? (lines[lines.indexOf(marked) - 1] ?? marked) : marked;
  return withoutCredentials((line ?? cause.message).replace(/^(?:fatal|error): /, ""));
}
