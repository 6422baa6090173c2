import type { Command } from "commander";
import { DATA_DIR_OPTION } from "../../data-dir.ts";
import { JSON_OPTION } from "../options.ts";
import { listRegisteredModels } from "../registered-models.ts";
import { definePredict } from "./predict.ts";
import { definePrepareEnv } from "./prepare-env.ts";
import { defineServe } from "./serve.ts";
import { defineUpdatePipRequirements } from "./update-pip-requirements.ts";

/** `flightdeck models …`, as in MLflow, plus `models list`. */
export function defineModels(models: Command): void {
  defineServe(models.command("serve"));
  definePredict(models.command("predict"));
  definePrepareEnv(models.command("prepare-env"));
  defineUpdatePipRequirements(models.command("update-pip-requirements"));
  models
    .command("list")
    .description("The same as registered-models list.")
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(listRegisteredModels);
}
