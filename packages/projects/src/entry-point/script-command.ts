import { existsSync } from "node:fs";
import { delimiter, extname, join } from "node:path";
import { quoteForShell } from "../command/quote-for-shell.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What runs a script that is an entry point by convention, by the script's extension. */
const INTERPRETERS: Readonly<Record<string, (env: Environment) => string>> = {
  ".py": findPython,
  ".sh": (env) => quoteForShell(env["SHELL"] ?? "bash"),
  ".ts": () => "node",
  ".js": () => "node",
  ".mjs": () => "node",
};

export const SCRIPT_EXTENSIONS: readonly string[] = Object.keys(INTERPRETERS);

/** The command that runs a script; undefined when its extension is none of `SCRIPT_EXTENSIONS`. */
export function findScriptCommand(script: string, env: Environment): string | undefined {
  const interpreter = INTERPRETERS[extname(script)];
  if (interpreter === undefined) return undefined;
  return `${interpreter(env)} ${quoteForShell(script)}`;
}

/** Many systems have Python by the name of `python3` alone. */
function findPython(env: Environment): string {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const names = ["python", "python3"];
  return names.find((name) => folders.some((folder) => existsSync(join(folder, name)))) ?? "python";
}
