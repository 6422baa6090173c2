import { relative } from "node:path";
import { tryGit } from "./run-git.ts";
import { withoutCredentials } from "./without-credentials.ts";

export type GitFacts = {
  /** Root of the working tree. */
  readonly root: string;
  /** Below the root; "" is the root itself. */
  readonly subdirectory: string;
  /** Absent in a repository without commits, and for a folder that git ignores. */
  readonly commit?: string;
  /** The first remote's address, without user and password. */
  readonly repoUrl?: string;
};

/** git answers in milliseconds; a hanging network file system should not hold up a run. */
const GIT_MS_MAX = 5_000;

/** What git knows of a folder; undefined when it is in no repository, or git is not there. */
export async function findGitFacts(folder: string): Promise<GitFacts | undefined> {
  const [root, commit, remotes, ignored] = await Promise.all([
    git(folder, "rev-parse", "--show-toplevel"),
    git(folder, "rev-parse", "--verify", "HEAD"),
    git(folder, "config", "--get-regexp", String.raw`^remote\..*\.url$`),
    git(folder, "check-ignore", folder),
  ]);
  if (root === undefined) return undefined;
  const repoUrl = remotes?.split("\n")[0]?.replace(/^\S+ /, "");
  return {
    root,
    subdirectory: relative(root, folder),
    ...(commit !== undefined && ignored === undefined && { commit }),
    ...(repoUrl !== undefined && { repoUrl: withoutCredentials(repoUrl) }),
  };
}

/** No git, no repository or no such fact: git's exit code tells them apart badly. */
async function git(folder: string, ...args: readonly string[]): Promise<string | undefined> {
  const text = await tryGit(args, { cwd: folder, timeoutMs: GIT_MS_MAX });
  return text === "" ? undefined : text;
}
