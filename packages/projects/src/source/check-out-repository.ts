import { AppError, invalid, isAppError, messageOf } from "@flightdeck/core";
import { nearestWord } from "@flightdeck/protocol";
import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { runGit, type RunGitOptions, tryGit, withoutCredentials } from "./git.ts";

export type CheckOutOptions = {
  /** A URL that git understands, or a local repository's path. */
  readonly repository: string;
  /** A branch, tag or commit; default: the repository's HEAD. */
  readonly version?: string | undefined;
  /** The checkout's origin URL; default `repository` without credentials. Null for none. */
  readonly originUrl?: string | null | undefined;
  /** An empty folder to check out into. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  /** `FetchedFolder.marker` of the folder. */
  readonly marker?: string | undefined;
};

/** `refs/heads/…`, `refs/tags/…` or `HEAD`; or a commit that no ref names. */
type Target = { readonly ref: string; readonly branch?: string | undefined } | { readonly commit: string };

const COMMIT = /^[0-9a-f]{4,40}$/i;

/**
 * Checks out one version of a repository into a folder, without its history but with submodules. Returns the branch if the
 * version names one.
 *
 * Errors: `IO_ERROR` for a repository that cannot be read, `INVALID_PARAMETER_VALUE` for a version that does not exist, with
 * the nearest name.
 */
export async function checkOutRepository(
  options: CheckOutOptions,
): Promise<{ readonly branch?: string | undefined }> {
  const { repository, folder, version } = options;
  const git = gitIn(options);
  const shown = withoutCredentials(repository);
  try {
    await runGit(["init", "--quiet", "."], git);
    const target = await findTarget(options);
    if (target === undefined) throw await unknownVersion(options, shown);
    await fetchTarget(target, options);
    const branch = "branch" in target ? target.branch : undefined;
    const checkout = branch === undefined ? ["--detach"] : ["-B", branch];
    await runGit(["checkout", "--quiet", "--force", ...checkout, await commitOf(target, options)], git);
    const originUrl = options.originUrl === undefined ? shown : options.originUrl;
    if (originUrl !== null) await runGit(["remote", "add", "origin", originUrl], git);
    if (existsSync(join(folder, ".gitmodules"))) await fetchSubmodules(options);
    return { branch: version === undefined ? undefined : branch };
  } catch (cause) {
    if (!isAppError(cause, "IO_ERROR")) throw cause;
    const message = `git repository ${shown} cannot be read: ${messageOf(cause)}`;
    throw new AppError("IO_ERROR", message, { cause });
  }
}

/** Resolves a version to a ref or commit; undefined when it is neither. */
async function findTarget(options: CheckOutOptions): Promise<Target | undefined> {
  const { version } = options;
  const wanted =
    version === undefined ? ["HEAD"] : [`refs/heads/${version}`, `refs/tags/${version}`, version];
  const listed = await listRefs(options, wanted);
  if (version === undefined) {
    const branch = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(listed)?.[1];
    if (!/\tHEAD$/m.test(listed)) return undefined;
    return branch === undefined ? { ref: "HEAD" } : { ref: `refs/heads/${branch}`, branch };
  }
  const names = new Set(listed.split("\n").map((line) => line.split("\t")[1]));
  const ref = wanted.find((each) => each.startsWith("refs/") && names.has(each));
  if (ref !== undefined)
    return ref.startsWith("refs/heads/") ? { ref, branch: ref.slice("refs/heads/".length) } : { ref };
  return COMMIT.test(version) ? { commit: version } : undefined;
}

async function listRefs(options: CheckOutOptions, patterns: readonly string[]): Promise<string> {
  return await runGit(["ls-remote", "--symref", "--", options.repository, ...patterns], gitIn(options));
}

function gitIn({ folder: cwd, signal, marker }: CheckOutOptions): RunGitOptions {
  return { cwd, signal, marker };
}

async function fetchTarget(target: Target, options: CheckOutOptions): Promise<void> {
  const { repository } = options;
  const git = gitIn(options);
  const fetchOf = (...what: readonly string[]): string[] => ["fetch", "--quiet", ...what];
  if ("ref" in target) {
    await runGit(fetchOf("--depth", "1", "--no-tags", "--", repository, target.ref), git);
    return;
  }
  const isWhole = target.commit.length === 40;
  const one = fetchOf("--depth", "1", "--no-tags", "--", repository, target.commit);
  // Servers may refuse to send a single commit and cannot resolve a short hash. Then we fetch all branches and tags.
  if (isWhole && (await tryGit(one, git)) !== undefined) return;
  await runGit(fetchOf("--", repository, "+refs/heads/*:refs/fetched/*", "+refs/tags/*:refs/tags/*"), git);
}

async function commitOf(target: Target, options: CheckOutOptions): Promise<string> {
  const git = gitIn(options);
  if ("ref" in target) return await runGit(["rev-parse", "--verify", "FETCH_HEAD^{commit}"], git);
  const commit = await tryGit(["rev-parse", "--verify", "--quiet", `${target.commit}^{commit}`], git);
  if (commit === undefined) throw await unknownVersion(options, withoutCredentials(options.repository));
  return commit;
}

/** A remote repository must not be able to copy local repositories into the checkout by listing them as submodules. */
async function fetchSubmodules(options: CheckOutOptions): Promise<void> {
  const args = ["submodule", "update", "--quiet", "--init", "--recursive", "--depth", "1"];
  await runGit(args, { ...gitIn(options), allowFiles: isAbsolute(options.repository) });
}

async function unknownVersion(options: CheckOutOptions, shown: string): Promise<AppError> {
  const { version } = options;
  if (version === undefined) return invalid(`git repository ${shown} has no commits`);
  const listed = await listRefs(options, []);
  const names = [...listed.matchAll(/\trefs\/(?:heads|tags)\/(\S+?)(?:\^\{\})?$/gm)].map(
    ([, name = ""]) => name,
  );
  const nearest = nearestWord(version, names);
  const hint = nearest === undefined ? "" : `; did you mean "${nearest}"?`;
  const message = `version "${version}" is not a branch, tag or commit of git repository ${shown}${hint}`;
  return invalid(message);
}
