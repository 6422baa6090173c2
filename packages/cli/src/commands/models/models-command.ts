import { type Command, Option } from "commander";
import { DATA_DIR_OPTION } from "../../tracking/data-dir.ts";
import { ALWAYS_JSON_OPTION, JSON_OPTION } from "../json-option.ts";
import { parsePort } from "../option-parsers.ts";
import type { ListFlags } from "../registered-models/registered-model-actions.ts";
import type { PredictFlags } from "./predict.ts";
import type { ServeFlags } from "./serve.ts";

const MODEL_URI: readonly [string, string] = [
  "-m, --model-uri <URI>",
  "A folder, runs:/, models:/ or artifact URI.",
];
const ENV_MANAGER: readonly [string, string] = [
  "--env-manager <TEXT>",
  "Accepted for MLflow's sake: only models in Python need an environment.",
];

/** `flightdeck models …`, as in MLflow, and `models list`. */
export function addModelsCommand(program: Command): void {
  const models = program
    .command("models")
    .description("Serve models, predict with them, list those registered.");
  models
    .command("serve")
    .description("Serve a model over HTTP: POST /invocations.")
    .requiredOption(...MODEL_URI)
    .option("-p, --port <INTEGER>", "The port to listen on; 0 picks a free one.", parsePort, 5000)
    .option("-h, --host <HOST>", "The address to listen on.", "127.0.0.1")
    .option(...ENV_MANAGER)
    .option("--no-conda", "The same as --env-manager local.")
    .option("-w, --workers <TEXT>", "Accepted for MLflow's sake: one process serves all.")
    .option(...DATA_DIR_OPTION)
    .action(async (flags: ServeFlags) => await (await import("./serve.ts")).serveModel(flags));
  models
    .command("predict")
    .description("Print a model's predictions for a file as JSON.")
    .requiredOption(...MODEL_URI)
    .option("-i, --input-path <TEXT>", "File to predict for (default: standard input).")
    .option("-o, --output-path <TEXT>", "File to write (default: print).")
    .addOption(
      new Option("-t, --content-type <TEXT>", "What the input is.").choices(["json", "csv"]).default("json"),
    )
    .option(...ALWAYS_JSON_OPTION)
    .option(...ENV_MANAGER)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: PredictFlags) => await (await import("./predict.ts")).predictWithModel(flags));
  models
    .command("list")
    .description("The same as registered-models list.")
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: ListFlags) => {
      const { listRegisteredModels } = await import("../registered-models/registered-model-actions.ts");
      await listRegisteredModels(flags);
    });
}
