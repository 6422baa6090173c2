import { checkArtifactPath, resolveArtifactPath } from "@flightdeck/artifacts";
import { AppError, messageOf } from "@flightdeck/core";
import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { OriginFiles } from "./artifact-origins.ts";

/** A run has thousands of files at most; beyond, something has gone wrong. */
export const FILES_MAX = 100_000;

/**
 * All files below a folder, by artifact path; an absent folder has none. Links to folders are not followed, so no loop of
 * links is; what cannot be an artifact is named, never left out silently.
 */
export async function listLocalFiles(folder: string): Promise<OriginFiles> {
  const files: { path: string; sizeBytes: number }[] = [];
  const refused: string[] = [];
  const folders = [""];
  for (const path of folders) {
    for (const entry of await entriesOf(join(folder, path))) {
      const child = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) folders.push(child);
      else await addFile(folder, child, { files, refused });
    }
    if (files.length + folders.length > FILES_MAX) throw tooMany(folder);
  }
  return { files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), refused };
}

type Found = { readonly files: { path: string; sizeBytes: number }[]; readonly refused: string[] };

async function addFile(folder: string, path: string, found: Found): Promise<void> {
  try {
    const stats = await stat(await resolveArtifactPath(folder, checkArtifactPath(path)));
    if (stats.isFile()) found.files.push({ path, sizeBytes: stats.size });
    else found.refused.push(`${join(folder, path)} is no ordinary file`);
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

function tooMany(folder: string): AppError {
  return new AppError("RESOURCE_EXHAUSTED", `${folder} has more than ${FILES_MAX} files and folders`);
}
