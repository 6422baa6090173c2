import { AppError } from "@flightdeck/core";
import type { FileInfo } from "@flightdeck/protocol";
import { mkdir, rename, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileError, noSuchArtifact, notWritable } from "../file-error.ts";
import { checkNonEmptyArtifactPath } from "../paths/check-artifact-path.ts";
import { resolveArtifactPath } from "../paths/resolve-artifact-path.ts";
import { LocalArtifactRepository } from "./local-artifact-repository.ts";
import { syncFolder } from "./write-file-atomically.ts";

/** Only the owner may look into a folder. */
const FOLDER_MODE = 0o700;

/**
 * A folder of this machine as a file system is used: beside reading and writing files, which `files` does, folders are
 * made, and things are moved. Every path goes through the one path resolver.
 */
export class LocalTree {
  readonly files: LocalArtifactRepository;
  readonly #root: string;

  /** `root` is a path of this machine; it is made at the first write. */
  constructor(root: string) {
    this.#root = resolve(root);
    this.files = new LocalArtifactRepository(this.#root);
  }

  /** Makes a folder and those above it. One that is there stays; a file in the way throws `INVALID_PARAMETER_VALUE`. */
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
   * Moves a file, or a folder with all below it, in one step. Throws `RESOURCE_DOES_NOT_EXIST` when there is nothing to
   * move, `RESOURCE_ALREADY_EXISTS` when something has the new name.
   */
  async move(from: string, to: string): Promise<void> {
    const source = checkNonEmptyArtifactPath(from);
    const target = checkNonEmptyArtifactPath(to);
    if ((await this.files.find(source)) === undefined) throw noSuchArtifact(source);
    if (`${target}/`.startsWith(`${source}/`)) throw intoItself(source, target);
    if ((await this.files.find(target)) !== undefined) throw alreadyThere(target);
    const place = await resolveArtifactPath(this.#root, target);
    // By its own name, not by its real one: of a link the link is moved.
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

  /** When a file or folder was changed last; undefined when there is none. */
  async findModificationTimeMs(path: string): Promise<number | undefined> {
    try {
      return Math.floor((await stat(await resolveArtifactPath(this.#root, path))).mtimeMs);
    } catch {
      return undefined; // Gone meanwhile, or a name that no file has.
    }
  }

  /** As `files.find`, of the root too, which is always there. */
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

function alreadyThere(path: string): AppError {
  const message = `A file or directory already exists at '${path}'`;
  return new AppError("RESOURCE_ALREADY_EXISTS", message);
}
