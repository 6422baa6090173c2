import { AppError } from "@flightdeck/core";
import { existsSync, readdirSync } from "node:fs";
import { extname, join } from "node:path";
import type { EntryPoint, Project } from "../project/project.ts";
import { findNearestName } from "./nearest-name.ts";
import { findScriptCommand, SCRIPT_EXTENSIONS } from "./script-command.ts";

/** Longer lists of names hide the answer in an error message. */
const SHOWN_NAMES_MAX = 10;

/**
 * The entry point of that name: one that the MLproject declares, else a script of the project run by convention.
 * Throws `INVALID_PARAMETER_VALUE` with the nearest name when there is neither.
 */
export function getEntryPoint(
  project: Project,
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): EntryPoint {
  const declared = project.entryPoints.find((entryPoint) => entryPoint.name === name);
  if (declared !== undefined) return declared;
  const command = findScriptCommand(name, env);
  if (command === undefined) throw unknownEntryPoint(project, name);
  if (existsSync(join(project.folder, name))) return { name, parameters: [], command: escapeBraces(command) };
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `script "${name}" is not in ${project.folder}${hint(project, name)}`,
  );
}

function unknownEntryPoint({ folder, file, ...project }: Project, name: string): AppError {
  const message =
    file === undefined
      ? `${folder} has no MLproject file, so an entry point must be one of its scripts (${SCRIPT_EXTENSIONS.join(", ")}), got "${name}"`
      : `entry point "${name}" is not in ${join(folder, file)}`;
  return new AppError("INVALID_PARAMETER_VALUE", message + hint({ folder, ...project }, name));
}

function hint(project: Project, name: string): string {
  const names = [...project.entryPoints.map((entryPoint) => entryPoint.name), ...scriptsIn(project.folder)];
  const nearest = findNearestName(name, names);
  if (nearest !== undefined) return `; did you mean "${nearest}"?`;
  if (names.length === 0) return "; it has none";
  const shown = names.slice(0, SHOWN_NAMES_MAX).join(", ");
  return `; it has ${shown}${names.length > SHOWN_NAMES_MAX ? ", …" : ""}`;
}

function scriptsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => SCRIPT_EXTENSIONS.includes(extname(file)))
    .sort();
}

/** A script's name is no template. */
function escapeBraces(command: string): string {
  return command.replaceAll("{", "{{").replaceAll("}", "}}");
}
