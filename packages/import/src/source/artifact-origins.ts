import {
  type ArtifactRepository,
  LocalArtifactRepository,
  openArtifactRepository,
  type OpenArtifactRepositoryOptions,
  parseArtifactUri,
  checkArtifactPath,
  resolveArtifactPath,
} from "@flightdeck/artifacts";
import { messageOf, AppError } from "@flightdeck/core";
import { join, dirname, sep } from "node:path";
import type { Dirent } from "node:fs";
import { readdir, stat, realpath } from "node:fs/promises";

/** The artifacts of a run or model in the source. */
export type ArtifactOrigin =
  | {
      readonly kind: "files";
      readonly repository: ArtifactRepository;
      list(): Promise<OriginFiles>;
    }
  /** In storage that clients access directly: the URI is kept. */
  | { readonly kind: "elsewhere"; readonly storage: string }
  /** Not allowed to be read, or not a valid location. */
  | { readonly kind: "refused"; readonly reason: string };

/** The files of one run or model in the source, with paths relative to its root. */
export type OriginFiles = {
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
  /** A message with the reason for each file that cannot be copied. */
  readonly refused: readonly string[];
};

type ArtifactOriginsOptions = {
  /** The real paths of the local folders that may be read, because the user named them. */
  readonly folders: readonly string[];
  /** The real path of the folder that `mlflow-artifacts:` URIs refer to. */
  readonly proxiedFolder?: string | undefined;
  /** The server that `mlflow-artifacts:` URIs refer to. */
  readonly server?: OpenArtifactRepositoryOptions & { readonly trackingUri: string };
};

/**
 * Finds the files behind the artifact URIs of a source. The URIs come from the source and are not trusted: only local files
 * below folders that the user named are read, and no server except the source itself.
 */
export class ArtifactOrigins {
  readonly #options: ArtifactOriginsOptions;

  constructor(options: ArtifactOriginsOptions) {
    this.#options = options;
  }

  async locate(uri: string): Promise<ArtifactOrigin> {
    const parsed = parsedOrReason(uri);
    if ("reason" in parsed) return { kind: "refused", reason: parsed.reason };
    switch (parsed.kind) {
      case "file":
        return this.#localOrigin(parsed.file);
      case "mlflow-artifacts":
        return this.#proxiedOrigin(uri, parsed.path, parsed.host);
      case "http":
        return this.#serverOrigin(uri, new URL(parsed.url).host);
      case "runs":
      case "models":
        return { kind: "refused", reason: `'${uri}' cannot contain artifacts` };
      case "other":
        return { kind: "elsewhere", storage: `${parsed.scheme}:` };
      default:
        return { kind: "elsewhere", storage: `${parsed.kind}:` };
    }
  }

  async #localOrigin(folder: string): Promise<ArtifactOrigin> {
    if (await isWithinRoots(folder, this.#options.folders)) return localFiles(folder);
    const reason = `${folder} is outside the source; allow reading it with --source-artifacts ${folder}`;
    return { kind: "refused", reason };
  }

  async #proxiedOrigin(uri: string, path: string, host: string | undefined): Promise<ArtifactOrigin> {
    const { proxiedFolder, server } = this.#options;
    if (server !== undefined) return this.#serverOrigin(uri, host ?? new URL(server.trackingUri).host);
    if (proxiedFolder === undefined) {
      const reason = `'${uri}' is served by the source's server; pass its artifacts destination as --source-artifacts`;
      return { kind: "refused", reason };
    }
    const folder = join(proxiedFolder, path);
    if (await isWithinRoots(folder, [proxiedFolder])) return localFiles(folder);
    return { kind: "refused", reason: `'${uri}' points outside ${proxiedFolder}` };
  }

  #serverOrigin(uri: string, host: string): ArtifactOrigin {
    const { server } = this.#options;
    if (server === undefined || new URL(server.trackingUri).host !== host) {
      return { kind: "elsewhere", storage: `the server ${host}` };
    }
    const repository = openArtifactRepository(uri, server);
    return { kind: "files", repository, list: () => listRepositoryFiles(repository) };
  }
}

function localFiles(folder: string): ArtifactOrigin {
  const repository = new LocalArtifactRepository(folder);
  return { kind: "files", repository, list: () => listLocalFiles(folder) };
}

function parsedOrReason(uri: string): ReturnType<typeof parseArtifactUri> | { readonly reason: string } {
  try {
    return parseArtifactUri(uri);
  } catch (error) {
    return { reason: messageOf(error) };
  }
}

/** A run has thousands of files at most; more means that something is wrong. */
const FILES_MAX = 100_000;

/**
 * All files below a folder, by artifact path; empty when the folder is missing. Does not follow symlinks to folders, so there
 * are no loops. Reports files that cannot be artifacts in `refused` instead of skipping them silently.
 */
async function listLocalFiles(folder: string): Promise<OriginFiles> {
  const files: { path: string; sizeBytes: number }[] = [];
  const refused: string[] = [];
  const folders = [""];
  for (const path of folders) {
    for (const entry of await entriesOf(join(folder, path))) {
      const child = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) folders.push(child);
      else await addFile(folder, child, { files, refused });
    }
    if (files.length + folders.length > FILES_MAX) throw tooManyFiles(folder);
  }
  return { files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), refused };
}

type Found = { readonly files: { path: string; sizeBytes: number }[]; readonly refused: string[] };

async function addFile(folder: string, path: string, found: Found): Promise<void> {
  try {
    const stats = await stat(await resolveArtifactPath(folder, checkArtifactPath(path)));
    if (stats.isFile()) found.files.push({ path, sizeBytes: stats.size });
    else found.refused.push(`${join(folder, path)} is not a regular file`);
  } catch (error) {
    found.refused.push(`${join(folder, path)}: ${messageOf(error)}`);
  }
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR"].includes(String(error.code))) {
      return [];
    }
    throw new AppError("IO_ERROR", `${folder} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function tooManyFiles(folder: string): AppError {
  return new AppError("RESOURCE_EXHAUSTED", `${folder} has more than ${FILES_MAX} files and folders`);
}

/** All files below a folder of a repository, with paths relative to the repository's root. */
export async function listRepositoryFiles(repository: ArtifactRepository, root = ""): Promise<OriginFiles> {
  const files: { path: string; sizeBytes: number }[] = [];
  const folders = [root];
  for (const folder of folders) {
    for (const info of await repository.list(folder)) {
      if (info.isDir) folders.push(info.path);
      else files.push({ path: info.path, sizeBytes: info.fileSizeBytes ?? 0 });
    }
    if (files.length + folders.length > FILES_MAX) {
      const message = `${repository.rootUri} has more than ${FILES_MAX} files and folders`;
      throw new AppError("RESOURCE_EXHAUSTED", message);
    }
  }
  return { files, refused: [] };
}

/**
 * Whether a local path, after resolving symlinks, is in or below one of the folders. It need not exist. The folders must be
 * real paths: if one has been replaced by a symlink, it is not followed, because an attacker may have created it.
 */
async function isWithinRoots(place: string, realRoots: readonly string[]): Promise<boolean> {
  const real = await realPathOf(place);
  return realRoots.some((root) => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep));
}

/** The real path of the longest existing prefix, followed by the rest. */
async function realPathOf(place: string): Promise<string> {
  try {
    return await realpath(place);
  } catch {
    const parent = dirname(place);
    return parent === place ? place : (await realPathOf(parent)) + place.slice(parent.length);
  }
}
