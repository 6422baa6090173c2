import type { Command } from "commander";
import { DATA_DIR_OPTION } from "../../tracking/data-dir.ts";
import { JSON_OPTION } from "../json-option.ts";
import type * as Actions from "./artifact-actions.ts";

const RUN_ID: readonly [string, string] = ["-r, --run-id <TEXT>", "Id of the run."];
const PATH_OPTION = "-a, --artifact-path <TEXT>";

/** `flightdeck artifacts …`, as in MLflow. */
export function addArtifactsCommand(program: Command): void {
  const artifacts = program.command("artifacts").description("Upload, list and download artifacts.");
  artifacts
    .command("list")
    .description("List a run's artifacts: a table on a terminal, JSON elsewhere.")
    .requiredOption(...RUN_ID)
    .option(PATH_OPTION, "A folder of them (default: the root).")
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.ListFlags) => (await actions()).listArtifacts(flags));
  artifacts
    .command("download")
    .description("Download artifacts and print where they are.")
    .option(...RUN_ID)
    .option(PATH_OPTION, "With --run-id: what to download (default: all).")
    .option("-u, --artifact-uri <TEXT>", "What to download, by its URI.")
    .option("-d, --dst-path <TEXT>", "Folder to download to (default: a new temporary one).")
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.DownloadFlags) => (await actions()).downloadToFolder(flags));
  artifacts
    .command("log-artifact")
    .description("Log a file as an artifact of a run.")
    .requiredOption("-l, --local-file <TEXT>", "The file.")
    .requiredOption(...RUN_ID)
    .option(PATH_OPTION, "The folder that it goes into (default: the root).")
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.LogFileFlags) => (await actions()).logArtifact(flags));
  artifacts
    .command("log-artifacts")
    .description("Log all files of a folder as artifacts of a run.")
    .requiredOption("-l, --local-dir <TEXT>", "The folder.")
    .requiredOption(...RUN_ID)
    .option(PATH_OPTION, "The folder that they go into (default: the root).")
    .option(...JSON_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: Actions.LogFolderFlags) => (await actions()).logArtifacts(flags));
}

function actions(): Promise<typeof Actions> {
  return import("./artifact-actions.ts");
}
