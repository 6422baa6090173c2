import { isAppError } from "@flightdeck/core";
import type { FileInfo } from "@flightdeck/protocol";
import type { Readable } from "node:stream";
import type { ArtifactRepository, ByteRange, OpenedArtifact } from "../artifact-repository.ts";
import { FilesArtifactRepository, type FilesArtifactRepositoryOptions } from "./files-artifact-repository.ts";

/**
 * Artifacts that a workspace guards: by its Files API, and where that is refused by another way. Which one is asked
 * once, before the first call, since content that is a stream can be sent only once.
 */
export class GuardedArtifactRepository implements ArtifactRepository {
  readonly rootUri: string;
  readonly #files: FilesArtifactRepository;
  readonly #otherwise: ArtifactRepository;
  #chosen: Promise<ArtifactRepository> | undefined;

  constructor(options: FilesArtifactRepositoryOptions, otherwise: ArtifactRepository) {
    this.rootUri = options.rootUri;
    this.#files = new FilesArtifactRepository(options);
    this.#otherwise = otherwise;
  }

  async list(path: string): Promise<readonly FileInfo[]> {
    return (await this.#choose()).list(path);
  }

  async find(path: string): Promise<FileInfo | undefined> {
    return (await this.#choose()).find(path);
  }

  async read(path: string, range?: ByteRange, signal?: AbortSignal): Promise<OpenedArtifact> {
    return (await this.#choose()).read(path, range, signal);
  }

  async write(path: string, content: Readable | Uint8Array, signal?: AbortSignal): Promise<number> {
    return (await this.#choose()).write(path, content, signal);
  }

  async delete(path: string): Promise<void> {
    return (await this.#choose()).delete(path);
  }

  #choose(): Promise<ArtifactRepository> {
    this.#chosen ??= this.#ask().catch((error: unknown) => {
      this.#chosen = undefined; // A server that could not be reached is asked again.
      throw error;
    });
    return this.#chosen;
  }

  async #ask(): Promise<ArtifactRepository> {
    try {
      await this.#files.hasFolder("");
      return this.#files;
    } catch (error) {
      // As MLflow 3: a workspace that does not have this part of the API answers 400 or 403.
      if (isAppError(error, "PERMISSION_DENIED") || isAppError(error, "BAD_REQUEST")) return this.#otherwise;
      throw error;
    }
  }
}
