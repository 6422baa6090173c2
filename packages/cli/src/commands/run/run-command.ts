import type { Command } from "commander";
import { DATA_DIR_OPTION } from "../../tracking/data-dir.ts";
import { BEST_EFFORT_OPTION, ENV_MANAGER_OPTION } from "../env/env-options.ts";
import { collectPair, refuse } from "../option-parsers.ts";
import type { RunFlags } from "./run-project-command.ts";

const NO_DOCKER = "Docker projects cannot be run yet.";

/** `flightdeck run`, with the options of `mlflow run`. */
export function addRunCommand(program: Command): void {
  program
    .command("run")
    .description("Run a project, record it as a run, and end with its exit code.")
    .argument("<URI>", "The project: a folder, git repository or zip file, with an optional #subdirectory.")
    .option("-e, --entry-point <NAME>", "Entry point; else a script .py, .sh, .ts, .js or .mjs.", "main")
    .option("-v, --version <VERSION>", "Git branch, tag or commit of the project.")
    .option("-P, --param-list <NAME=VALUE>", "A parameter; may be given many times.", collectPair)
    .option("-A, --docker-args <NAME=VALUE>", NO_DOCKER, refuse(NO_DOCKER))
    .option("--experiment-name <TEXT>", "Experiment of the run; created when it is not there.")
    .option("--experiment-id <TEXT>", "Experiment of the run, by its id.")
    .option(
      "-b, --backend <BACKEND>",
      "Where to run: local, or databricks for a job of a workspace.",
      "local",
    )
    .option(
      "-c, --backend-config <FILE>",
      "JSON, or the path of a .json file, for the backend: the cluster of a databricks job.",
    )
    .option("--no-wait", "End when the job of a workspace is submitted, not with it.")
    .option(...ENV_MANAGER_OPTION)
    .option(...BEST_EFFORT_OPTION)
    .option("--no-conda", "The same as --env-manager local.")
    .option(
      "--storage-dir <TEXT>",
      "Where URIs given for parameters of type path are downloaded to, and stay.",
    )
    .option("--run-id <RUN_ID>", "Log to this run instead of a new one.")
    .option("--run-name <RUN_NAME>", "The name of the run.")
    .option("--build-image", NO_DOCKER)
    .option(...DATA_DIR_OPTION)
    .action(async (uri: string, flags: RunFlags) => {
      const { runProjectCommand } = await import("./run-project-command.ts");
      process.exitCode = await runProjectCommand(uri, flags);
    });
}
