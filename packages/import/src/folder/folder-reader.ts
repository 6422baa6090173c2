import { AppError, messageOf } from "@flightdeck/core";
import { createReadStream, type Dirent } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { forEachBounded } from "@flightdeck/artifacts";
import type { Tag } from "@flightdeck/protocol";
import { pathToFileURL } from "node:url";
import { malformed } from "../source/records.ts";
import { parsePlainYaml } from "./file-formats.ts";

/** Params, tags and most records are a few kilobytes, but MLflow allows 16 MiB for a dataset's profile. */
const TEXT_BYTES_MAX = 20 * 1024 * 1024;
/** A point is three numbers, optionally followed by a run id and a dataset's name and digest. */
const LINE_CHARS_MAX = 4096;
/** MLflow allows names of 250 characters, so none has more than 125 segments. */
const DEPTH_MAX = 128;
/** The most entries in one folder, and files below one. More means that something is wrong. */
const ENTRIES_MAX = 1_000_000;

/**
 * Reads files below one folder of untrusted content. Follows symlinks only if they stay below it; rejects pipes, devices and
 * files that are too large.
 */
export class FolderReader {
  /** The folder's real path. */
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** The sorted names of a folder's subfolders; empty when the folder is missing. */
  async folders(path: string): Promise<readonly string[]> {
    const entries = await this.#entries(path);
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  }

  /** The sorted relative paths of all files below a folder. Recursive, because a metric may be named `val/loss`. */
  async filesBelow(path: string): Promise<readonly string[]> {
    const files: string[] = [];
    const folders = [""];
    for (const folder of folders) {
      if (folder.split("/").length > DEPTH_MAX)
        throw malformed(this.#shown(path), "its folders are nested too deeply");
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

  /** A file's whole text; undefined when it is missing. */
  async find(path: string): Promise<string | undefined> {
    const place = await this.#find(path);
    return place === undefined ? undefined : this.#readText(path, place);
  }

  async text(path: string): Promise<string> {
    const text = await this.find(path);
    if (text !== undefined) return text;
    throw malformed(this.root, `${path} is missing`);
  }

  /** One of MLflow's YAML records, where every scalar is a string or null. */
  async record(path: string): Promise<unknown> {
    return parsePlainYaml(await this.text(path), this.#shown(path));
  }

  /** A file's non-empty lines. */
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

  /** The real path; undefined when the path does not exist. */
  async #find(path: string): Promise<string | undefined> {
    const place = await realpath(join(this.root, path)).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR"].includes(String(error.code))) {
        return undefined;
      }
      throw ioError(this.#shown(path), error);
    });
    if (place === undefined || place === this.root || place.startsWith(this.root + sep)) return place;
    throw malformed(this.#shown(path), "it points outside the imported folder");
  }

  async #readText(path: string, place: string): Promise<string> {
    const size = await this.#checkFile(path, place);
    if (size > TEXT_BYTES_MAX) {
      throw malformed(this.#shown(path), `it is larger than ${TEXT_BYTES_MAX} bytes`);
    }
    return readFile(place, "utf8");
  }

  /** Must run before the file is opened, because opening a pipe would block. Returns the size. */
  async #checkFile(path: string, place: string): Promise<number> {
    const stats = await stat(place);
    if (!stats.isFile()) throw malformed(this.#shown(path), "it is not a regular file");
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

/** Files open at a time; the usual limit of a process is about a thousand. */
const CONCURRENCY = 16;

/** Reads params or tags, which have one file each, named after the key. Sorted by key. */
export async function readTexts(reader: FolderReader, folder: string): Promise<readonly Tag[]> {
  const keys = await reader.filesBelow(folder);
  const values = new Map<string, string>();
  await forEachBounded(keys, { concurrency: CONCURRENCY }, async (key) => {
    values.set(key, await reader.text(`${folder}/${key}`));
  });
  return keys.map((key) => ({ key, value: values.get(key) ?? "" }));
}

/**
 * The artifact URI of a run or model. MLflow stores absolute URIs, but folders get moved and copied: a URI that pointed
 * inside the folder is changed to point inside its current location.
 */
export function rebasedArtifacts(uri: string, root: string, path: string): string {
  const isLocal = /^file:/i.test(uri) || !/^[a-z][a-z0-9+.-]+:/i.test(uri);
  const place = `/${path.split("/").slice(-2).join("/")}/artifacts`;
  const isInside = decoded(uri).replaceAll("\\", "/").replace(/\/$/, "").endsWith(place);
  return isLocal && isInside ? pathToFileURL(join(root, path, "artifacts")).href : uri;
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}
