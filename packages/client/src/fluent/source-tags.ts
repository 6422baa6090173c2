import { SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";
import { execFile } from "node:child_process";
import { userInfo } from "node:os";
import { dirname } from "node:path";
import { promisify } from "node:util";

/** Enough for a repository on a slow disk. On timeout the tag is left out. */
const GIT_TIMEOUT_MS = 2000;

/** The name of the user who runs this process; `unknown`, as in MLflow, if the system has none. */
export function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown"; // A container may run under a user id without a name.
  }
}

/** Tags that describe the origin of a run, as MLflow's own client sets them: user, program and git commit. */
export async function sourceTags(): Promise<readonly Tag[]> {
  const program = process.argv[1] ?? process.execPath;
  const commit = await gitCommit(dirname(program));
  const tags = [
    { key: SYSTEM_TAGS.user, value: currentUser() },
    { key: SYSTEM_TAGS.sourceName, value: program },
    { key: SYSTEM_TAGS.sourceType, value: "LOCAL" },
  ];
  return commit === undefined ? tags : [...tags, { key: SYSTEM_TAGS.gitCommit, value: commit }];
}

const commits = new Map<string, Promise<string | undefined>>();

/** The checked-out commit; undefined outside a repository or without git. Looked up once per process. */
function gitCommit(folder: string): Promise<string | undefined> {
  const known = commits.get(folder) ?? askGit(folder);
  commits.set(folder, known);
  return known;
}

async function askGit(folder: string): Promise<string | undefined> {
  try {
    const options = { cwd: folder, timeout: GIT_TIMEOUT_MS };
    const { stdout } = await promisify(execFile)("git", ["rev-parse", "HEAD"], options);
    return stdout.trim();
  } catch {
    return undefined;
  }
}
