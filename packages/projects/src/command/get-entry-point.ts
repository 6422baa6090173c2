import { quoteForShell } from "@flightdeck/compute";
import { type AppError, invalid } from "@flightdeck/core";
import { nearestWord } from "@flightdeck/protocol";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, extname, join } from "node:path";
import type { EntryPoint, Project } from "../project/project.ts";

/** Keeps error messages readable. */
const SHOWN_NAMES_MAX = 10;

type Environment = Readonly<Record<string, string | undefined>>;

/** The command for a script that is an entry point by convention, by extension. */
const COMMANDS: Readonly<Record<string, (script: string, env: Environment) => string>> = {
  ".py": (script, env) => `${findPython(env)} ${quoteForShell(script)}`,
  ".sh": (script, env) => `${quoteForShell(env["SHELL"] ?? "bash")} ${quoteForShell(script)}`,
  ".R": (script) => `Rscript -e ${quoteForShell(`mlflow::mlflow_source(${JSON.stringify(script)})`)} --args`,
  ".ts": nodeCommand,
  ".js": nodeCommand,
  ".mjs": nodeCommand,
};

const SCRIPT_EXTENSIONS: readonly string[] = Object.keys(COMMANDS);

/**
 * The entry point with the given name: one that the MLproject declares, or a script in the project, run by convention.
 * Throws `INVALID_PARAMETER_VALUE` suggesting the nearest name when there is neither.
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
  throw invalid(`script "${name}" is not in ${project.folder}${hint(project, name)}`);
}

function unknownEntryPoint({ folder, file, ...project }: Project, name: string): AppError {
  const message =
    file === undefined
      ? `${folder} has no MLproject file, so an entry point must be one of its scripts (${SCRIPT_EXTENSIONS.join(", ")}), got "${name}"`
      : `entry point "${name}" is not in ${join(folder, file)}`;
  return invalid(message + hint({ folder, ...project }, name));
}

function hint(project: Project, name: string): string {
  const names = [...project.entryPoints.map((entryPoint) => entryPoint.name), ...scriptsIn(project.folder)];
  const nearest = nearestWord(name, names);
  if (nearest !== undefined) return `; did you mean "${nearest}"?`;
  if (names.length === 0) return "; the project has none";
  const shown = names.slice(0, SHOWN_NAMES_MAX).join(", ");
  return `; it has ${shown}${names.length > SHOWN_NAMES_MAX ? ", …" : ""}`;
}

function scriptsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => SCRIPT_EXTENSIONS.includes(extname(file)))
    .sort();
}

/** A script's name is literal text, not a template. */
function escapeBraces(command: string): string {
  return command.replaceAll("{", "{{").replaceAll("}", "}}");
}

/** The command that runs a script; undefined when its extension is none of `SCRIPT_EXTENSIONS`. */
function findScriptCommand(script: string, env: Environment): string | undefined {
  return COMMANDS[extname(script)]?.(script, env);
}

function nodeCommand(script: string): string {
  return `node ${quoteForShell(script)}`;
}

/** Many systems have only `python3`. */
function findPython(env: Environment): string {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const names = ["python", "python3"];
  return names.find((name) => folders.some((folder) => existsSync(join(folder, name)))) ?? "python";
}
