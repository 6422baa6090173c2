import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { runPython } from "../run-python.ts";

/** Models saved by stock MLflow, with expected predictions. */
export type SavedModels = {
  /** Contains a folder for each model of `python/save_models.py`. */
  readonly folder: string;
  /** Input rows for the model `tree`, and its predictions for them. */
  readonly rows: readonly (readonly number[])[];
  readonly expected: readonly number[];
  remove(): Promise<void>;
};

export async function saveModels(interpreter: string): Promise<SavedModels> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-saved-models-"));
  const printed = await runPython({
    interpreter,
    file: "save_models.py",
    args: [folder],
    trackingUri: folder,
  });
  const { rows, expected } = printed as Pick<SavedModels, "rows" | "expected">; // As the script prints it.
  return { folder, rows, expected, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Variables with which `--env-manager local` finds this Python. The hash seed fixes the order of sets in messages. */
export function withPython(interpreter: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PYTHONHASHSEED: "0",
    PATH: `${dirname(interpreter)}${delimiter}${process.env["PATH"] ?? ""}`,
  };
}
