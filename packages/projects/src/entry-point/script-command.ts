import { quoteForShell } from "@flightdeck/compute";
import { existsSync } from "node:fs";
import { delimiter, extname, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** What runs a script that is an entry point by convention, by the script's extension. */
const COMMANDS: Readonly<Record<string, (script: string, env: Environment) => string>> = {
  ".py": (script, env) => `${findPython(env)} ${quoteForShell(script)}`,
  ".sh": (script, env) => `${quoteForShell(env["SHELL"] ?? "bash")} ${quoteForShell(script)}`,
  ".R": (script) => `Rscript -e ${quoteForShell(`mlflow::mlflow_source(${JSON.stringify(script)})`)} --args`,
  ".ts": byNode,
  ".js": byNode,
  ".mjs": byNode,
};

export const SCRIPT_EXTENSIONS: readonly string[] = Object.keys(COMMANDS);

/** The command that runs a script; undefined when its extension is none of `SCRIPT_EXTENSIONS`. */
export function findScriptCommand(script: string, env: Environment): string | undefined {
  return COMMANDS[extname(script)]?.(script, env);
}

function byNode(script: string): string {
  return `node ${quoteForShell(script)}`;
}

/** Many systems have Python by the name of `python3` alone. */
function findPython(env: Environment): string {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const names = ["python", "python3"];
  return names.find((name) => folders.some((folder) => existsSync(join(folder, name)))) ?? "python";
}
