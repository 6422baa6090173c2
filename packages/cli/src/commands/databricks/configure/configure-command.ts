import type { Command } from "commander";
import { JSON_OPTION } from "../../json-option.ts";
import { PROFILE_OPTION } from "../workspace-options.ts";

/** `flightdeck databricks configure`. A token is no argument: other users of the machine would see it. */
export function addConfigureCommand(databricks: Command): void {
  databricks
    .command("configure")
    .description("Save the address of a workspace and a token as a profile; asks for what is not given.")
    .option("--host <URL>", "Address of the workspace, http://127.0.0.1:5000 say.")
    .option("-t, --token", "Accepted: a token is what is asked for.")
    .option("-f, --token-file <PATH>", "File whose first line is the token.")
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await import("./configure.ts")).configure(command.optsWithGlobals()),
    );
}
