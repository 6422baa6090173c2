import { Command } from "commander";
import { readFileSync } from "node:fs";
import { addArtifactsCommand } from "./commands/artifacts/artifacts-command.ts";
import { addDatabricksCommand } from "./commands/databricks/databricks-command.ts";
import { addEnvCommand } from "./commands/env/env-command.ts";
import { addExperimentsCommand } from "./commands/experiments/experiments-command.ts";
import { addGcCommand } from "./commands/gc/gc-command.ts";
import { addImportCommand } from "./commands/import/import-command.ts";
import { addModelsCommand } from "./commands/models/models-command.ts";
import { addRegisteredModelsCommand } from "./commands/registered-models/registered-models-command.ts";
import { addRunCommand } from "./commands/run/run-command.ts";
import { addRunsCommand } from "./commands/runs/runs-command.ts";
import { addServerCommands } from "./commands/server/server-command.ts";
import { addTokensCommand } from "./commands/tokens/tokens-command.ts";
import { usageErrorLine } from "./errors/report-error.ts";

/**
 * The command line: options and help of every command. Only names are declared here; what a command does is imported
 * when it is called, so that the rest costs no start-up time.
 */
export function createProgram(): Command {
  const program = new Command("flightdeck")
    .description("The MLflow and Databricks machine-learning workspace in one program.")
    .version(readVersion(), "--version", "Show the version and exit.")
    .helpOption("--help", "Show this message and exit.") // -h is --host, as in MLflow.
    .helpCommand(false)
    .option("--verbose", "Show the stack of errors; FLIGHTDECK_DEBUG=1 does the same.")
    .enablePositionalOptions() // `run --version` is the project's.
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(usageErrorLine(text)) });
  addServerCommands(program);
  addRunCommand(program);
  addEnvCommand(program);
  addModelsCommand(program);
  addRegisteredModelsCommand(program);
  addExperimentsCommand(program);
  addRunsCommand(program);
  addArtifactsCommand(program);
  addTokensCommand(program);
  addDatabricksCommand(program);
  addImportCommand(program);
  addGcCommand(program);
  return program;
}

function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string }; // Our own file.
  return version;
}
