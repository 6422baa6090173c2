import { AppError } from "@flightdeck/core";
import type { FileInfo } from "@flightdeck/protocol";
import { mkdir, rename, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileError, noSuchArtifact, notWritable } from "../file-error.ts";
import { checkNonEmptyArtifactPath, resolveArtifactPath } from "../artifact-path.ts";
import { LocalArtifactRepository } from "./local-artifact-repository.ts";
import { syncFolder } from "./write-file-atomically.ts";

/** Only the owner may read a folder. */
const FOLDER_MODE = 0o700;

/**
 * A local folder with file system operations: `files` reads and writes files, and this class creates folders and moves files
 * and folders. Every path goes through the path resolver.
 */
export class LocalTree {
  readonly files: LocalArtifactRepository;
  readonly #root: string;

  /** `root` is a local path, which is created at the first write. */
  constructor(root: string) {
    this.#root = resolve(root);
    this.files = new LocalArtifactRepository(this.#root);
  }

  /** Creates a folder and its parents, unless it exists. Throws `INVALID_PARAMETER_VALUE` if one of them is a file. */
  async makeFolder(path: string): Promise<void> {
    const checked = checkNonEmptyArtifactPath(path);
    const place = await resolveArtifactPath(this.#root, checked);
    try {
      await mkdir(place, { recursive: true, mode: FOLDER_MODE });
    } catch (error) {
      throw notWritable(checked, error);
    }
    await syncFolder(dirname(place));
  }

  /**
   * Atomically moves a file, or a folder with everything below it. Throws `RESOURCE_DOES_NOT_EXIST` when it does not exist,
   * `RESOURCE_ALREADY_EXISTS` when the target exists.
   */
  async move(from: string, to: string): Promise<void> {
    const source = checkNonEmptyArtifactPath(from);
    const target = checkNonEmptyArtifactPath(to);
    if ((await this.files.find(source)) === undefined) throw noSuchArtifact(source);
    if (`${target}/`.startsWith(`${source}/`)) throw intoItself(source, target);
    if ((await this.files.find(target)) !== undefined) throw alreadyExists(target);
    const place = await resolveArtifactPath(this.#root, target);
    // Not the real path: moving a symlink must move the link itself.
    const sourcePlace = join(await this.#realFolderOf(source), basename(source));
    try {
      await mkdir(dirname(place), { recursive: true, mode: FOLDER_MODE });
      await rename(sourcePlace, place);
    } catch (error) {
      throw fileError(error, target);
    }
    await syncFolder(dirname(place));
    await syncFolder(dirname(sourcePlace));
  }

  /** When a file or folder was last modified, in UTC milliseconds; undefined when it does not exist. */
  async findModificationTimeMs(path: string): Promise<number | undefined> {
    try {
      return Math.floor((await stat(await resolveArtifactPath(this.#root, path))).mtimeMs);
    } catch {
      return undefined; // Deleted meanwhile, or an invalid path.
    }
  }

  /** Like `files.find`, but also accepts the root, which always exists. */
  async find(path: string): Promise<FileInfo | undefined> {
    return path === "" ? { path, isDir: true } : this.files.find(path);
  }

  async #realFolderOf(path: string): Promise<string> {
    const folder = path.slice(0, Math.max(path.lastIndexOf("/"), 0));
    return resolveArtifactPath(this.#root, folder);
  }
}

function intoItself(source: string, target: string): AppError {
  const message = `'${source}' cannot be moved into itself, to '${target}'`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

function alreadyExists(path: string): AppError {
  const message = `A file or directory already exists at '${path}'`;
  return new AppError("RESOURCE_ALREADY_EXISTS", message);
}
