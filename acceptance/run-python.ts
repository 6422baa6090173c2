import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Part, pythonWith } from "@flightdeck/testkit";

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The newest stock client, with scikit-learn. */
export function stockPython(): Promise<Part<string>> {
  return pythonWith(here("python/requirements.txt"));
}

export type Script = {
  readonly interpreter: string;
  /** File below `acceptance/python/`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly trackingUri: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
};

/** Runs a script that prints one JSON object last, and gives that object. */
export async function runPython({
  interpreter,
  file,
  args,
  trackingUri,
  env = {},
}: Script): Promise<Record<string, unknown>> {
  const { stdout } = await run(interpreter, [here(`python/${file}`), ...args], {
    env: {
      ...process.env,
      MLFLOW_TRACKING_URI: trackingUri,
      MLFLOW_DISABLE_TELEMETRY: "true",
      GIT_PYTHON_REFRESH: "quiet",
      ...env,
    },
  });
  const lines = stdout.trimEnd().split("\n");
  return JSON.parse(lines.at(-1) ?? "") as Record<string, unknown>; // The script prints an object.
}
