import type { Command } from "commander";
import { DATA_DIR_OPTION } from "../../data-dir.ts";
import { printResult } from "../../output/print.ts";
import { watchStopSignals } from "../../stop-signals.ts";
import { JSON_OPTION, type JsonFlag } from "../options.ts";
import { addEnvironmentOptions, loadFlaggedModel, MODEL_URI, type ModelFlags } from "./model-options.ts";

/** `flightdeck models prepare-env`. */
export function definePrepareEnv(command: Command): void {
  command
    .description(
      "Build the environment that a model needs and load it once, so that serve and predict start fast.",
    )
    .requiredOption(...MODEL_URI);
  addEnvironmentOptions(command)
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(prepareEnvironment);
}

/** Only loading shows whether a model needs Python: if its files allow it, it is scored without. */
async function prepareEnvironment(flags: ModelFlags & JsonFlag): Promise<void> {
  const stop = watchStopSignals();
  try {
    const model = await loadFlaggedModel(flags, stop.signal);
    await model.close();
    printResult(flags.json, `${flags.modelUri} is ready to serve`, { modelUri: flags.modelUri });
  } finally {
    stop.dispose();
  }
}
