import { SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";
import { userInfo } from "node:os";
import type { GitFacts } from "../source/find-git-facts.ts";

type TagFacts = {
  readonly folder: string;
  readonly git: GitFacts | undefined;
  /** Of a project that was fetched. */
  readonly sourceName: string | undefined;
  readonly branch: string | undefined;
  readonly entryPoint: string;
  readonly backend: string;
  /** Undefined for the local environment, which MLflow does not name either. */
  readonly envManager: string | undefined;
  readonly parentRunId: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/**
 * The tags by which MLflow tells a project's run, with the values that its own client gives them
 * (`mlflow/projects/utils.py`): a folder in a git repository is named by repository and subdirectory.
 */
export function projectRunTags(facts: TagFacts): readonly Tag[] {
  const { git, sourceName = git === undefined ? facts.folder : sourceNameOf(git) } = facts;
  const tags: Readonly<Record<string, string | undefined>> = {
    [SYSTEM_TAGS.user]: userName(facts.env),
    [SYSTEM_TAGS.sourceName]: sourceName,
    [SYSTEM_TAGS.sourceType]: "PROJECT",
    [SYSTEM_TAGS.projectEntryPoint]: facts.entryPoint,
    [SYSTEM_TAGS.projectBackend]: facts.backend,
    [SYSTEM_TAGS.projectEnv]: facts.envManager,
    [SYSTEM_TAGS.gitCommit]: git?.commit,
    [SYSTEM_TAGS.gitRepoUrl]: git?.repoUrl,
    [SYSTEM_TAGS.gitBranch]: facts.branch,
    [SYSTEM_TAGS.parentRunId]: facts.parentRunId,
  };
  return Object.entries(tags).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
}

function sourceNameOf({ root, subdirectory }: GitFacts): string {
  return subdirectory === "" ? `file://${root}` : `file://${root}#${subdirectory}`;
}

/** As Python's getpass: the environment first, then the system's user list, which may not know the user. */
function userName(env: TagFacts["env"]): string {
  const named = [env["LOGNAME"], env["USER"], env["LNAME"], env["USERNAME"]].find(Boolean);
  if (named !== undefined) return named;
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}
