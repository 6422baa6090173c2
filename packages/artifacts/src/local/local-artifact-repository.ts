import { AppError } from "@flightdeck/core";
import type { FileInfo } from "@flightdeck/protocol";
import { open, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import type { ArtifactRepository, ByteRange, OpenedArtifact } from "../artifact-repository.ts";
import { checkArtifactPath, checkNonEmptyArtifactPath } from "../paths/check-artifact-path.ts";
import { resolveArtifactPath } from "../paths/resolve-artifact-path.ts";
import { checkRange } from "../range.ts";
import { fileError, isFolder, noSuchArtifact, notWritable } from "../file-error.ts";
import { fileInfoOf, listFolder } from "./list-folder.ts";
import { type FolderSize, measureFolder } from "./measure-folder.ts";
import { syncFolder, writeFileAtomically } from "./write-file-atomically.ts";

/**
 * Artifacts in a folder of this machine. The folder is made at the first write. Files are readable by their owner only.
 *
 * @example
 * ```ts
 * const repository = new LocalArtifactRepository("artifacts");
 * await repository.write("notes/a.txt", new TextEncoder().encode("hi"));
 * await repository.list("notes"); // [{ path: "notes/a.txt", isDir: false, fileSizeBytes: 2 }]
 * ```
 */
export class LocalArtifactRepository implements ArtifactRepository {
  readonly rootUri: string;
  readonly #root: string;

  /** `root` is a path of this machine, relative to the working directory or absolute. */
  constructor(root: string) {
    this.#root = resolve(root);
    this.rootUri = pathToFileURL(this.#root).href;
  }

  async list(path: string): Promise<readonly FileInfo[]> {
    const checked = checkArtifactPath(path);
    const place = await resolveArtifactPath(this.#root, checked);
    const info = await findAt(checked, place);
    if (info === undefined) return [];
    return info.isDir ? listFolder(this.#root, checked, place) : [info];
  }

  async find(path: string): Promise<FileInfo | undefined> {
    const checked = checkNonEmptyArtifactPath(path);
    return findAt(checked, await resolveArtifactPath(this.#root, checked));
  }

  async read(path: string, range?: ByteRange): Promise<OpenedArtifact> {
    const checked = checkNonEmptyArtifactPath(path);
    const place = await resolveArtifactPath(this.#root, checked);
    const info = await findAt(checked, place); // Before it is opened: opening a pipe would wait for its writer.
    if (info === undefined) throw noSuchArtifact(checked);
    if (info.isDir) throw isFolder(checked);
    return openFile(checked, place, range);
  }

  async write(path: string, content: Readable | Uint8Array, signal?: AbortSignal): Promise<number> {
    const checked = checkNonEmptyArtifactPath(path);
    const place = await resolveArtifactPath(this.#root, checked);
    if ((await findAt(checked, place))?.isDir === true) throw notWritable(checked);
    const stream = content instanceof Uint8Array ? Readable.from([content]) : content;
    try {
      return await writeFileAtomically(place, stream, signal);
    } catch (error) {
      throw fileErrorOfWrite(error, checked);
    }
  }

  /** What would be freed by deleting `path` and all below it, "" being the root; nothing for what is not there. */
  async measure(path: string): Promise<FolderSize> {
    return measureFolder(await resolveArtifactPath(this.#root, path));
  }

  async delete(path: string): Promise<void> {
    const checked = checkNonEmptyArtifactPath(path);
    if ((await this.find(checked)) === undefined) throw noSuchArtifact(checked);
    // By its own name, not by its real one: of a link the link is deleted.
    const place = join(this.#root, checked);
    await rm(place, { recursive: true, force: true });
    await syncFolder(dirname(place));
  }
}

async function findAt(path: string, place: string): Promise<FileInfo | undefined> {
  try {
    return fileInfoOf(path, await stat(place));
  } catch (error) {
    const told = fileError(error, path);
    if (told instanceof AppError && told.code === "RESOURCE_DOES_NOT_EXIST") return undefined;
    throw told;
  }
}

async function openFile(path: string, place: string, range: ByteRange | undefined): Promise<OpenedArtifact> {
  const handle = await open(place, "r").catch((error: unknown) => {
    throw fileError(error, path);
  });
  try {
    const { size } = await handle.stat();
    const bounds = range === undefined ? {} : checkRange(range, size);
    return { stream: handle.createReadStream(bounds), sizeBytes: size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * While writing, a missing place means that a file stands where a folder is needed. What the content itself ends with
 * goes on as it is.
 */
function fileErrorOfWrite(error: unknown, path: string): unknown {
  if (error instanceof AppError) return error;
  const told = fileError(error, path);
  return told instanceof AppError && told.code === "RESOURCE_DOES_NOT_EXIST"
    ? notWritable(path, error)
    : told;
}
