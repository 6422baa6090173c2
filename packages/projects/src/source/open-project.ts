import { AppError } from "@flightdeck/core";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { loadProject } from "../project/load-project.ts";
import type { Project } from "../project/project.ts";
import { parseProjectUri } from "./parse-project-uri.ts";

/** Which project, and from where. */
export type OpenProjectOptions = {
  readonly uri: string;
  /** A git branch, tag or commit. */
  readonly version?: string | undefined;
  /** What relative paths start from; default the process's working directory. */
  readonly cwd?: string | undefined;
};

/**
 * Finds a project by its URI and reads it. A folder runs where it is, without a copy.
 * Throws `INVALID_PARAMETER_VALUE` when the folder is not there.
 */
export async function openProject(options: OpenProjectOptions): Promise<Project> {
  const { path, subdirectory } = parseProjectUri(options.uri);
  if (options.version !== undefined) {
    const message = `version "${options.version}" cannot be checked out yet: check it out and run without a version`;
    throw new AppError("NOT_IMPLEMENTED", message);
  }
  const folder = resolve(options.cwd ?? process.cwd(), path, subdirectory);
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory()) return await loadProject(folder);
  const problem = stats === undefined ? "does not exist" : "is not a folder";
  throw new AppError("INVALID_PARAMETER_VALUE", `project ${folder} ${problem}`);
}
