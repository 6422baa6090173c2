import { AppError, messageOf } from "@flightdeck/core";
import { createReadStream, type Dirent } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { malformed } from "../source/malformed.ts";
import { parsePlainYaml } from "./parse-plain-yaml.ts";

/** Params, tags and most records are some kilobytes; MLflow allows a dataset's profile 16 MiB. */
const TEXT_BYTES_MAX = 20 * 1024 * 1024;
/** A point is three numbers; the names of a model, a dataset and its digest may follow. */
const LINE_CHARS_MAX = 4096;
/** MLflow allows names of 250 characters, so no name has more parts than this. */
const DEPTH_MAX = 128;
/** Names in one folder, files below one; beyond, something has gone wrong. */
const ENTRIES_MAX = 1_000_000;

/**
 * Reads files below one folder, which somebody else has filled. Links are followed only as long as they stay below it;
 * pipes, devices and files beyond a bound are refused.
 */
export class FolderReader {
  /** The real path. */
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Names of the folders in a folder, sorted; none when it is absent. */
  async folders(path: string): Promise<readonly string[]> {
    const entries = await this.#entries(path);
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  }

  /** Paths of all files below a folder, relative to it, sorted. A metric may be named `val/loss`. */
  async filesBelow(path: string): Promise<readonly string[]> {
    const files: string[] = [];
    const folders = [""];
    for (const folder of folders) {
      if (folder.split("/").length > DEPTH_MAX)
        throw malformed(this.#shown(path), "its folders are too deep");
      for (const entry of await this.#entries(`${path}/${folder}`)) {
        const child = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) folders.push(child);
        else files.push(child);
      }
      this.#checkCount(path, files.length + folders.length);
    }
    return files.toSorted();
  }

  async exists(path: string): Promise<boolean> {
    return (await this.#find(path)) !== undefined;
  }

  /** A whole file; undefined when it is absent. */
  async find(path: string): Promise<string | undefined> {
    const place = await this.#find(path);
    return place === undefined ? undefined : this.#readText(path, place);
  }

  async text(path: string): Promise<string> {
    const text = await this.find(path);
    if (text !== undefined) return text;
    throw malformed(this.root, `${path} is missing`);
  }

  /** A record as MLflow keeps it: every scalar a text, or null. */
  async record(path: string): Promise<unknown> {
    return parsePlainYaml(await this.text(path), this.#shown(path));
  }

  /** Lines that are not empty. */
  async *lines(path: string): AsyncGenerator<string, void, undefined> {
    const place = await this.#find(path);
    if (place === undefined) return;
    await this.#checkFile(path, place);
    let rest = "";
    for await (const chunk of createReadStream(place, { encoding: "utf8" })) {
      const parts = (rest + String(chunk)).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) if (line.trim() !== "") yield line;
      if (rest.length > LINE_CHARS_MAX) {
        throw malformed(this.#shown(path), `a line is longer than ${LINE_CHARS_MAX} characters`);
      }
    }
    if (rest.trim() !== "") yield rest;
  }

  /** The real place of a path; undefined when there is nothing. */
  async #find(path: string): Promise<string | undefined> {
    const place = await realpath(join(this.root, path)).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR"].includes(String(error.code))) {
        return undefined;
      }
      throw ioError(this.#shown(path), error);
    });
    if (place === undefined || place === this.root || place.startsWith(this.root + sep)) return place;
    throw malformed(this.#shown(path), "it leads outside of the folder that is imported");
  }

  async #readText(path: string, place: string): Promise<string> {
    const size = await this.#checkFile(path, place);
    if (size > TEXT_BYTES_MAX) {
      throw malformed(this.#shown(path), `it is larger than ${TEXT_BYTES_MAX} bytes`);
    }
    return readFile(place, "utf8");
  }

  /** Before it is opened, since opening a pipe would wait for its writer. Gives the size. */
  async #checkFile(path: string, place: string): Promise<number> {
    const stats = await stat(place);
    if (!stats.isFile()) throw malformed(this.#shown(path), "it is no ordinary file");
    return stats.size;
  }

  async #entries(path: string): Promise<readonly Dirent[]> {
    const place = await this.#find(path);
    if (place === undefined) return [];
    const entries = await readSorted(place).catch((error: unknown) => {
      throw ioError(this.#shown(path), error);
    });
    this.#checkCount(path, entries.length);
    return entries;
  }

  #checkCount(path: string, count: number): void {
    if (count <= ENTRIES_MAX) return;
    throw new AppError("RESOURCE_EXHAUSTED", `${this.#shown(path)} has more than ${ENTRIES_MAX} entries`);
  }

  #shown(path: string): string {
    return join(this.root, path);
  }
}

async function readSorted(place: string): Promise<readonly Dirent[]> {
  const entries = await readdir(place, { withFileTypes: true });
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function ioError(path: string, error: unknown): AppError {
  return new AppError("IO_ERROR", `${path} cannot be read: ${messageOf(error)}`, { cause: error });
}
