import { type Command, Option } from "commander";
import { DATA_DIR_OPTION } from "../../tracking/data-dir.ts";
import { parseOffset, parsePort } from "../option-parsers.ts";
import type { ServerFlags } from "./run-server.ts";

/** `flightdeck server`, and `ui`, which is the same. */
export function addServerCommands(program: Command): void {
  addServerCommand(program, "server", "Run the tracking server with its page.");
  addServerCommand(program, "ui", "The same as server.");
}

function addServerCommand(program: Command, name: string, description: string): void {
  program
    .command(name)
    .description(description)
    .option("-h, --host <HOST>", "The address to listen on.", "127.0.0.1")
    .option("-p, --port <INTEGER>", "The port to listen on; 0 picks a free one.", parsePort, 5000)
    .option(
      "--backend-store-uri <URI>",
      "The database: sqlite:///PATH (default: in the data folder) or postgresql://USER:PASSWORD@HOST:PORT/DATABASE.",
    )
    .option("--artifacts-destination <URI>", "Where artifacts are stored (default: in the data folder).")
    .option(
      "--default-artifact-root <URI>",
      "Where new experiments keep artifacts (default: mlflow-artifacts:/).",
    )
    .option(
      "--workspace-artifact-root <URI>",
      "Where experiments of Databricks clients keep artifacts: dbfs:/databricks/mlflow (default) or dbfs:/databricks/mlflow-tracking.",
    )
    .option(...DATA_DIR_OPTION)
    .option(
      "--allowed-hosts <LIST>",
      "Comma-separated names that the server may be called by, besides its own.",
    )
    .addOption(new Option("--auth <KIND>", "Who may use the server.").choices(["none", "token"]))
    .option(
      "--jobs-max-parallel <INTEGER>",
      "How many jobs run at a time; 0 only queues them (default: the number of cores).",
      parseOffset,
    )
    .option(
      "--allow-jobs",
      "Let everybody who reaches a server without --auth token submit jobs, which run any command; else that needs an admin's token.",
    )
    .option("--serve-artifacts", "Accepted for MLflow's sake: artifacts are always served.")
    .option("-w, --workers <TEXT>", "Accepted for MLflow's sake: one process serves all.")
    .action(async (flags: ServerFlags) => {
      const { runServer } = await import("./run-server.ts");
      await runServer(flags);
    });
}
