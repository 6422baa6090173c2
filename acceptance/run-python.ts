import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Part, pythonWith, type TestServer } from "@flightdeck/testkit";

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Variables for stock clients: no telemetry, and no warning when git is missing. */
export const STOCK_ENVIRONMENT = { MLFLOW_DISABLE_TELEMETRY: "true", GIT_PYTHON_REFRESH: "quiet" } as const;

/** A Python with the newest stock client and scikit-learn. */
export function stockPython(): Promise<Part<string>> {
  return pythonWith(here("python/requirements.txt"));
}

export type Script = {
  readonly interpreter: string;
  /** The file's name in `acceptance/python/`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly trackingUri: string;
  /** Variables added to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
};

/** Runs a script and returns the JSON object on its last line. */
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
      ...STOCK_ENVIRONMENT,
      ...env,
    },
  });
  const lines = stdout.trimEnd().split("\n");
  return JSON.parse(lines.at(-1) ?? "") as Record<string, unknown>; // The script prints an object.
}

/** How a script uses a server as a Databricks workspace, with nothing but the variables of one. */
export function asWorkspace(
  { url, dataDir }: Pick<TestServer, "url" | "dataDir">,
  interpreter: string,
  token = "any",
): Pick<Script, "interpreter" | "trackingUri"> & { readonly env: Record<string, string> } {
  // A new HOME hides the Databricks profiles of the user who runs the tests.
  const env = { DATABRICKS_HOST: url, DATABRICKS_TOKEN: token, HOME: dataDir };
  return { interpreter, trackingUri: "databricks", env };
}
