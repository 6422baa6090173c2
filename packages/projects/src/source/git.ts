import { GROUP_MARKER_VARIABLE } from "@flightdeck/compute";
import { AppError, cancelled, isAppError } from "@flightdeck/core";
import { execFile } from "node:child_process";
import { relative } from "node:path";
import { promisify } from "node:util";

export type RunGitOptions = {
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
  /** Default `GIT_MS_MAX`. */
  readonly timeoutMs?: number | undefined;
  /** Whether git may read local repositories; default true. False for URLs that come from a remote repository. */
  readonly allowFiles?: boolean | undefined;
  /** Marks the git process, so that the folder's watch ends it when our process is killed. */
  readonly marker?: string | undefined;
};

/** Large repositories over slow connections take minutes, but an unresponsive server should not block a run for ever. */
const GIT_MS_MAX = 30 * 60_000;

/** For lists of refs, of which a large repository has many thousands. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/**
 * git must not prompt for a password, because there may be no terminal. Credentials come from git's credential helpers, as
 * in MLflow.
 */
const ENVIRONMENT = { GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };

/** Only transports that carry data: `ext::` would run a command. */
const PROTOCOLS = "git:http:https:ssh";

const execFileAsync = promisify(execFile);

export type GitFacts = {
  /** Root of the working tree. */
  readonly root: string;
  /** Relative to the root; "" for the root itself. */
  readonly subdirectory: string;
  /** Absent in a repository without commits, and for a folder that git ignores. */
  readonly commit?: string | undefined;
  /** The first remote's URL, without credentials. */
  readonly repoUrl?: string | undefined;
};

/** These commands take milliseconds; a hanging network file system should not block a run. */
const FACTS_MS_MAX = 5_000;

/**
 * Runs git and returns its output. Throws `IO_ERROR` with git's error in one line, without credentials, and `CANCELLED`
 * when the signal fires.
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
      signal,
    });
    return stdout.trim();
  } catch (cause) {
    if (signal?.aborted) throw cancelled(signal);
    throw new AppError("IO_ERROR", errorLineOf(cause), { cause });
  }
}

/** Adds the marker to those of the process groups that we belong to. */
function marking(marker: string | undefined): Readonly<Record<string, string>> {
  if (marker === undefined) return {};
  const enclosing = process.env[GROUP_MARKER_VARIABLE];
  return { [GROUP_MARKER_VARIABLE]: enclosing === undefined ? marker : `${enclosing}:${marker}` };
}

/** Like `runGit`, but returns undefined when git fails. */
export async function tryGit(args: readonly string[], options: RunGitOptions): Promise<string | undefined> {
  return await runGit(args, options).catch((error: unknown) => {
    if (isAppError(error, "CANCELLED")) throw error;
    return undefined;
  });
}

/** git's message for a failed transport. The reason is on the line before, from the transport itself. */
const TRANSPORT_FAILED = "fatal: Could not read from remote repository.";

/** The first line with an error prefix is the reason; later ones are consequences. */
function errorLineOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "git failed";
  if ("code" in cause && cause.code === "ENOENT") return "git is not installed";
  if ("killed" in cause && cause.killed === true) return "git took too long";
  const lines = "stderr" in cause ? String(cause.stderr).trim().split("\n") : [];
  const marked = lines.find((each) => /^(?:fatal|error|remote|ssh):/.test(each)) ?? lines.at(-1);
  const line = marked === TRANSPORT_FAILED ? (lines[lines.indexOf(marked) - 1] ?? marked) : marked;
  return withoutCredentials((line ?? cause.message).replace(/^(?:fatal|error): /, ""));
}

/** What git knows about a folder; undefined when it is not in a repository or git is not installed. */
export async function findGitFacts(folder: string): Promise<GitFacts | undefined> {
  const [root, commit, remotes, ignored] = await Promise.all([
    query(folder, "rev-parse", "--show-toplevel"),
    query(folder, "rev-parse", "--verify", "HEAD"),
    query(folder, "config", "--get-regexp", String.raw`^remote\..*\.url$`),
    query(folder, "check-ignore", folder),
  ]);
  if (root === undefined) return undefined;
  const repoUrl = remotes?.split("\n")[0]?.replace(/^\S+ /, "");
  return {
    root,
    subdirectory: relative(root, folder),
    commit: ignored === undefined ? commit : undefined,
    repoUrl: repoUrl === undefined ? undefined : withoutCredentials(repoUrl),
  };
}

/** Undefined without git, a repository or such a fact: git's exit codes do not distinguish them reliably. */
async function query(folder: string, ...args: readonly string[]): Promise<string | undefined> {
  const text = await tryGit(args, { cwd: folder, timeoutMs: FACTS_MS_MAX });
  return text === "" ? undefined : text;
}

/**
 * Removes credentials from all URLs in a text. URLs may contain tokens, but a run's tags and error messages are shown to
 * everyone. The user of an ssh URL is kept: it is not secret, and the URL does not work without it.
 */
export function withoutCredentials(text: string): string {
  return text.replaceAll(ADDRESS, (_, scheme: string, login: string) => {
    const isUser = /(?:^|[+.-])ssh:/i.test(scheme) && !login.includes(":");
    return isUser ? `${scheme}${login}@` : scheme;
  });
}

/** Scheme and login. The lookbehind tries each scheme only from its start, so that long texts take linear time. */
const ADDRESS = /(?<![a-z0-9+.-])([a-z0-9+.-]+:\/\/)([^/@\s'"]*)@/gi;
