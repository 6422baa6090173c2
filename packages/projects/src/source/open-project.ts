import { AppError } from "@flightdeck/core";
import { existsSync } from "node:fs";
import { mkdir, readdir, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { downloadUrl } from "../parameters/download-url.ts";
import { loadProject } from "../project/load-project.ts";
import type { Project } from "../project/project.ts";
import { checkOutRepository } from "./check-out-repository.ts";
import { extractZip } from "./extract-zip.ts";
import { FetchedFolder } from "./fetched-folder.ts";
import { findGitFacts } from "./find-git-facts.ts";
import { parseProjectUri, type ProjectLocation } from "./parse-project-uri.ts";
import { withoutCredentials } from "./without-credentials.ts";

/** Which project, and from where. */
export type OpenProjectOptions = {
  readonly uri: string;
  /** A git branch, tag or commit. */
  readonly version?: string | undefined;
  /** What relative paths start from; default the process's working directory. */
  readonly cwd?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told before something is fetched that may take a while. */
  readonly onFetch?: ((what: string) => void) | undefined;
};

/** A project that was found, and what is known of where it came from. */
export type OpenedProject = {
  readonly project: Project;
  /** `mlflow.source.name` of a project that was fetched; absent: the folder says it. */
  readonly sourceName?: string;
  /** The branch, when the version asked for is the name of one. */
  readonly branch?: string;
  /** Removes what was fetched. The project cannot run any more. */
  close(): Promise<void>;
};

/** A project's archive holds code and little data. */
const ARCHIVE_BYTES_MAX = 1024 ** 3;

/**
 * Finds a project by its URI and reads it. A folder runs where it is, without a copy; with a version, a copy of that
 * version runs, and the folder is left as it is. What is fetched goes to a temporary folder, until `close`.
 *
 * Errors: `INVALID_PARAMETER_VALUE` for a folder, version or archive that is not there or not what it should be,
 * `IO_ERROR` for what cannot be fetched.
 */
export async function openProject(options: OpenProjectOptions): Promise<OpenedProject> {
  const location = parseProjectUri(options.uri);
  if (location.kind === "git") return await openFetched(location, options, checkOutFrom(location.repository));
  if (location.kind === "zip") return await openZip(location, options);
  const folder = resolve(options.cwd ?? process.cwd(), location.path);
  await requireFolder(folder);
  if (options.version === undefined && !isBareRepository(folder))
    return { project: await loadProjectAt(folder, location.subdirectory), close: async () => undefined };
  return await openRepositoryFolder(folder, location, options);
}

/** What is fetched into an empty folder, and what is learnt on the way. */
type Fetched = { readonly branch?: string; readonly sourceName?: string; readonly root?: string };
type FetchInto = (folder: FetchedFolder, options: OpenProjectOptions) => Promise<Fetched>;

async function openFetched(
  { subdirectory }: ProjectLocation,
  options: OpenProjectOptions,
  fetchInto: FetchInto,
): Promise<OpenedProject> {
  const folder = await FetchedFolder.create("project");
  const close = async (): Promise<void> => await folder.remove();
  try {
    options.onFetch?.(`fetching ${withoutCredentials(options.uri)}`);
    const { root = folder.path, ...facts } = await fetchInto(folder, options);
    const sourceName = withoutCredentials(options.uri.replace(/^['"]+|(?<!['"])['"]+$/g, ""));
    return { sourceName, ...facts, project: await loadProjectAt(root, subdirectory), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function checkOutFrom(repository: string): FetchInto {
  return async ({ path: folder, marker }, { version, signal }) =>
    await checkOutRepository({ repository, version, folder, marker, signal });
}

/** A version of a repository on this machine, named as if it ran in place. */
async function openRepositoryFolder(
  folder: string,
  location: ProjectLocation,
  options: OpenProjectOptions,
): Promise<OpenedProject> {
  const facts = await findGitFacts(await realpath(folder));
  if (facts === undefined && !isBareRepository(folder)) {
    const message = `version "${options.version}" needs a git repository, and ${folder} is in none`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  const root = facts?.root ?? folder;
  const subdirectory = join(facts?.subdirectory ?? "", location.subdirectory);
  const named = subdirectory === "" || subdirectory === "." ? root : `${root}#${subdirectory}`;
  return await openFetched({ ...location, subdirectory }, options, async (target, { version, signal }) => {
    const originUrl = facts?.repoUrl ?? null;
    const { path, marker } = target;
    const checkout = { repository: root, version, folder: path, originUrl, marker, signal };
    return { ...(await checkOutRepository(checkout)), sourceName: `file://${named}` };
  });
}

async function openZip(
  location: ProjectLocation & { readonly kind: "zip" },
  options: OpenProjectOptions,
): Promise<OpenedProject> {
  if (options.version !== undefined) {
    const message = `version "${options.version}" needs a git repository, and ${withoutCredentials(options.uri)} is a zip file`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  return await openFetched(location, options, async ({ path: folder }, { cwd = process.cwd(), signal }) => {
    const { archive, subdirectory } = location;
    const isWeb = /^https?:/i.test(archive);
    const files = join(folder, "files");
    await mkdir(files);
    const path = isWeb
      ? await downloadUrl(archive, folder, { signal, bytesMax: ARCHIVE_BYTES_MAX })
      : await existingFile(resolve(cwd, archive));
    await extractZip({ archive: path, folder: files, signal });
    const name = subdirectory === "" ? path : `${path}#${subdirectory}`;
    const root = subdirectory === "" ? await withoutWrapper(files) : files;
    return isWeb ? { root } : { root, sourceName: name };
  });
}

/** Code hosts wrap an archive's files in one folder; a project that names no subdirectory means what is in it. */
async function withoutWrapper(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const [only] = entries;
  return entries.length === 1 && only?.isDirectory() ? join(folder, only.name) : folder;
}

async function loadProjectAt(root: string, subdirectory: string): Promise<Project> {
  const folder = join(root, subdirectory);
  if (subdirectory !== "" && !(await stat(folder).catch(() => undefined))?.isDirectory()) {
    const message = `project has no subdirectory "${subdirectory}"`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  return await loadProject(folder);
}

async function requireFolder(folder: string): Promise<void> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory()) return;
  const problem = stats === undefined ? "does not exist" : "is not a folder";
  throw new AppError("INVALID_PARAMETER_VALUE", `project ${folder} ${problem}`);
}

async function existingFile(path: string): Promise<string> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile()) return path;
  const problem = stats === undefined ? "does not exist" : "is not a file";
  throw new AppError("INVALID_PARAMETER_VALUE", `project ${path} ${problem}`);
}

/** A repository without a working tree, as servers keep them. */
function isBareRepository(folder: string): boolean {
  return ["HEAD", "objects", "refs"].every((name) => existsSync(join(folder, name)));
}
