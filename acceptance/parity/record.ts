import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { STOCK_ENVIRONMENT } from "../run-python.ts";
import type { Step } from "./trace.ts";

/** The scripts in `python/parity/`, one for each noun. */
export const NOUNS = [
  "experiments",
  "runs",
  "metrics",
  "search_runs",
  "artifacts",
  "logged_models",
  "registry",
  "datasets",
  "old_models",
  "traces",
  "webhooks",
  "wire",
] as const;
export type Noun = (typeof NOUNS)[number];

export type Recording = Readonly<Record<Noun, readonly Step[]>>;

const run = promisify(execFile);
const RECORD = fileURLToPath(new URL("../python/parity/record.py", import.meta.url));
/** A recording of all scripts has about 2 MB. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Runs every script with one client against one server. */
export async function record(python: string, trackingUri: string): Promise<Recording> {
  const { stdout } = await run(python, [RECORD, ...NOUNS], {
    maxBuffer: OUTPUT_BYTES_MAX,
    env: {
      ...process.env,
      MLFLOW_TRACKING_URI: trackingUri,
      ...STOCK_ENVIRONMENT,
      PYTHONDONTWRITEBYTECODE: "1",
    },
  });
  const lines = stdout.trimEnd().split("\n");
  return JSON.parse(lines.at(-1) ?? "") as Recording; // The script prints it on its last line.
}
