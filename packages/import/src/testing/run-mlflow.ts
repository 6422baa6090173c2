import { type Part, pythonWith } from "@flightdeck/testkit";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { MlflowVersion } from "./mlflow-versions.ts";

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(`python/${path}`, import.meta.url));
/** What a script prints, histories included. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** A Python with one release of MLflow. */
export function mlflowPython(version: MlflowVersion): Promise<Part<string>> {
  return pythonWith(here(`mlflow-${version}.txt`));
}

export type MlflowScript = {
  readonly interpreter: string;
  /** File below `python/`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
};

/** Runs a script that prints one JSON object last, and gives that object. */
export async function runMlflow({
  interpreter,
  file,
  args,
  cwd,
}: MlflowScript): Promise<Record<string, unknown>> {
  const { stdout } = await run(interpreter, ["-W", "ignore", here(file), ...args], {
    cwd,
    maxBuffer: OUTPUT_BYTES_MAX,
    env: mlflowEnvironment(),
  });
  const lines = stdout.trimEnd().split("\n");
  return JSON.parse(lines.at(-1) ?? "") as Record<string, unknown>; // The script prints an object.
}

/** MLflow 3 wants to be asked for its folders, and would call home. */
export function mlflowEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    MLFLOW_ALLOW_FILE_STORE: "true",
    MLFLOW_DISABLE_TELEMETRY: "true",
    GIT_PYTHON_REFRESH: "quiet",
  };
}
