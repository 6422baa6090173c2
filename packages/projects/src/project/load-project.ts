import { AppError } from "@flightdeck/core";
import { existsSync } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseMlProject } from "./parse-ml-project.ts";
import type { MlProject, Project, ProjectEnvironment } from "./project.ts";

/** An MLproject is written by hand; anything larger is not one. */
const FILE_BYTES_MAX = 1024 * 1024;

/** Environment files that count without being declared, as in MLflow. */
const UNDECLARED_ENVIRONMENTS: readonly ProjectEnvironment[] = [
  { kind: "python_env", definition: "python_env.yaml" },
  { kind: "conda_env", definition: "conda.yaml" },
];

/**
 * Reads the project in a folder. A folder without an MLproject file is a project too, with no declared entry points.
 * Throws `INVALID_PARAMETER_VALUE` for a broken MLproject file, or one that names an environment file that is not there.
 */
export async function loadProject(path: string): Promise<Project> {
  const folder = await realpath(path);
  const file = (await readdir(folder)).find((name) => name.toLowerCase() === "mlproject");
  const declared: MlProject = file === undefined ? { entryPoints: [] } : await readMlProject(folder, file);
  const environment = declared.environment ?? UNDECLARED_ENVIRONMENTS.find((each) => isThere(folder, each));
  if (environment !== undefined && !isThere(folder, environment)) {
    const message = `${file}: ${environment.kind} names ${environment.definition}, which is not in the project`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  return {
    ...declared,
    folder,
    ...(file !== undefined && { file }),
    ...(environment !== undefined && { environment }),
  };
}

async function readMlProject(folder: string, file: string): Promise<MlProject> {
  const path = join(folder, file);
  const stats = await stat(path);
  if (!stats.isFile() || stats.size > FILE_BYTES_MAX) {
    const message = `${path} must be a text file of at most ${FILE_BYTES_MAX} bytes`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  return parseMlProject(await readFile(path, "utf8"), path);
}

function isThere(folder: string, { kind, definition }: ProjectEnvironment): boolean {
  return kind === "docker_env" || existsSync(join(folder, definition));
}
