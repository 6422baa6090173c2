import { invalid } from "@flightdeck/core";
import { existsSync } from "node:fs";
import { mkdir, readdir, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { downloadUrl } from "../parameters/download-url.ts";
import { loadProject } from "../project/parse-ml-project.ts";
import type { Project } from "../project/project.ts";
import { checkOutRepository } from "./check-out-repository.ts";
import { extractZip } from "./extract-zip.ts";
import { FetchedFolder } from "./fetched-folder.ts";
import { findGitFacts, withoutCredentials } from "./git.ts";
import { parseProjectUri, type ProjectLocation } from "./parse-project-uri.ts";

/** Which project to open. */
export type OpenProjectOptions = {
  readonly uri: string;
  /** A git branch, tag or commit. */
  readonly version?: string | undefined;
  /** Relative paths are resolved against it; default the process's working directory. */
  readonly cwd?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called before a fetch that may take a while. */
  readonly onFetch?: ((what: string) => void) | undefined;
};

/** An open project, and where it came from. */
export type OpenedProject = {
  readonly project: Project;
  /** `mlflow.source.name` of a fetched project. Absent for a local folder, where the name is derived from the folder. */
  readonly sourceName?: string | undefined;
  /** Set when the requested version is a branch. */
  readonly branch?: string | undefined;
  /** Removes fetched files. The project cannot run afterwards. */
  close(): Promise<void>;
};

/** Project archives contain code and little data. */
const ARCHIVE_BYTES_MAX = 1024 ** 3;

/**
 * Finds a project by its URI and reads it. A local folder is used in place. If a version is given, that version is checked
 * out elsewhere and the folder is not touched. Fetched files are kept in a temporary folder until `close`.
 *
 * Errors: `INVALID_PARAMETER_VALUE` for a missing or invalid folder, version or archive, `IO_ERROR` for a failed fetch.
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

/** Facts learnt while fetching a project; `root` defaults to the folder fetched into. */
type Fetched = {
  readonly branch?: string | undefined;
  readonly sourceName?: string | undefined;
  readonly root?: string | undefined;
};
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

/** A version of a local repository. Its source name is the same as if it ran in place. */
async function openRepositoryFolder(
  folder: string,
  location: ProjectLocation,
  options: OpenProjectOptions,
): Promise<OpenedProject> {
  const facts = await findGitFacts(await realpath(folder));
  if (facts === undefined && !isBareRepository(folder)) {
    const message = `version "${options.version}" needs a git repository, but ${folder} is not in one`;
    throw invalid(message);
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
    const message = `version "${options.version}" needs a git repository, but ${withoutCredentials(options.uri)} is a zip file`;
    throw invalid(message);
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

/** Code hosts wrap an archive's files in a single folder. Without a subdirectory, that folder is the project. */
async function withoutWrapper(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const [only] = entries;
  return entries.length === 1 && only?.isDirectory() ? join(folder, only.name) : folder;
}

async function loadProjectAt(root: string, subdirectory: string): Promise<Project> {
  const folder = join(root, subdirectory);
  if (subdirectory !== "" && !(await stat(folder).catch(() => undefined))?.isDirectory()) {
    const message = `project has no subdirectory "${subdirectory}"`;
    throw invalid(message);
  }
  return await loadProject(folder);
}

async function requireFolder(folder: string): Promise<void> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory()) return;
  const problem = stats === undefined ? "does not exist" : "is not a folder";
  throw invalid(`project ${folder} ${problem}`);
}

async function existingFile(path: string): Promise<string> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile()) return path;
  const problem = stats === undefined ? "does not exist" : "is not a file";
  throw invalid(`project ${path} ${problem}`);
}

/** A repository without a working tree, as servers keep them. */
function isBareRepository(folder: string): boolean {
  return ["HEAD", "objects", "refs"].every((name) => existsSync(join(folder, name)));
}
