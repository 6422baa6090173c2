import { messageOf } from "@flightdeck/core";
import { Command, InvalidArgumentError } from "commander";
import { addLazyCommands, type LazyCommand } from "./commands/lazy-command.ts";
import { readVersion } from "./program-version.ts";
import { systemMessage, usageErrorLine } from "./report-error.ts";

const loadServer: LazyCommand["load"] = async () => (await import("./commands/server.ts")).defineServer;

/** In the order shown in the help. */
const COMMANDS: readonly LazyCommand[] = [
  { name: "server", description: "Start the tracking server and its web page.", load: loadServer },
  { name: "ui", description: "The same as server.", load: loadServer },
  {
    name: "run",
    description: "Run a project, record it as a run, and exit with its exit code.",
    load: async () => (await import("./commands/run.ts")).defineRun,
  },
  {
    name: "env",
    description: "Manage the environments that projects run in.",
    load: async () => (await import("./commands/env.ts")).defineEnv,
  },
  {
    name: "models",
    description: "Serve models, make predictions, and list registered models.",
    load: async () => (await import("./commands/models/models.ts")).defineModels,
  },
  {
    name: "registered-models",
    description: "Show registered models.",
    load: async () => (await import("./commands/registered-models.ts")).defineRegisteredModels,
  },
  {
    name: "experiments",
    description: "Manage experiments.",
    load: async () => (await import("./commands/experiments.ts")).defineExperiments,
  },
  {
    name: "runs",
    description: "Manage runs.",
    load: async () => (await import("./commands/runs.ts")).defineRuns,
  },
  {
    name: "artifacts",
    description: "Upload, list and download artifacts.",
    load: async () => (await import("./commands/artifacts.ts")).defineArtifacts,
  },
  {
    name: "tokens",
    description: "Manage the login tokens of all users of a server.",
    load: async () => (await import("./commands/tokens.ts")).defineTokens,
  },
  {
    name: "databricks",
    description: "Work with a Databricks workspace, or a Flightdeck server as one.",
    load: async () => (await import("./commands/databricks/databricks.ts")).defineDatabricks,
  },
  {
    name: "import",
    description:
      "Copy an MLflow workspace into this one. The source is only read. Run it again to resume a stopped import.",
    load: async () => (await import("./commands/import.ts")).defineImport,
  },
  {
    name: "gc",
    description:
      "Permanently delete runs, experiments and logged models that are marked as deleted, with their artifacts. The server may keep running. Run it again to resume an interrupted gc.",
    load: async () => (await import("./commands/gc/gc.ts")).defineGc,
  },
  {
    name: "backup",
    description: "Back up a workspace to a single archive. The server may keep running.",
    load: async () => (await import("./commands/backup/backup.ts")).defineBackup,
  },
  {
    name: "restore",
    description: "Restore a backup into a new data folder, after checking that it is complete and unchanged.",
    load: async () => (await import("./commands/backup/backup.ts")).defineRestore,
  },
  {
    name: "doctor",
    description: "Check whether a server can work here, and which programs its jobs will find.",
    load: async () => (await import("./commands/doctor.ts")).defineDoctor,
  },
  {
    name: "spark",
    description: "Run a Spark cluster on this machine: a master, workers and Spark Connect.",
    load: async () => (await import("./commands/spark.ts")).defineSpark,
  },
];

/** Creates the command line. Each command is only loaded when it is called. */
export function createProgram(): Command {
  const program = new Command("flightdeck")
    .description("The MLflow and Databricks machine-learning workspace in one program.")
    .version(readVersion(), "--version", "Show the version and exit.")
    .helpOption("--help", "Show this message and exit.") // -h means --host, as in MLflow.
    .option("--verbose", "Show stack traces of errors. The same as FLIGHTDECK_DEBUG=1.")
    .option(
      "--env-file <FILE>",
      "Read environment variables from a file of NAME=VALUE lines. Variables that are already set keep their values.",
      loadEnvFile,
    )
    .enablePositionalOptions() // The --version of `run` belongs to the project.
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(usageErrorLine(text)) });
  addLazyCommands(program, COMMANDS);
  return program;
}

/** Loads the file during parsing, because options take their defaults from the environment. */
function loadEnvFile(file: string): string {
  try {
    process.loadEnvFile(file);
  } catch (error) {
    throw new InvalidArgumentError(`${systemMessage(messageOf(error))}.`);
  }
  return file;
}
