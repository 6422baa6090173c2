import type { Command } from "commander";
import { JSON_OPTION } from "../../json-option.ts";
import { parseCount } from "../../option-parsers.ts";
import { outputOption } from "../output-options.ts";
import { PROFILE_OPTION } from "../workspace-options.ts";
import type * as Actions from "./workspace-token-actions.ts";

/** `flightdeck databricks tokens …`: one's own tokens, by the workspace's API. */
export function addWorkspaceTokensCommand(databricks: Command): void {
  const tokens = databricks
    .command("tokens")
    .description("Manage one's own tokens.")
    .option(...PROFILE_OPTION);
  tokens
    .command("create")
    .description("Create a token and show it, this once.")
    .requiredOption("--comment <TEXT>", "What it is for.")
    .option("--lifetime-seconds <INTEGER>", "How long it is valid (default: 90 days).", parseCount)
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).createToken(command.optsWithGlobals()),
    );
  tokens
    .command("list")
    .description("List the valid tokens, without their values.")
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).listTokens(command.optsWithGlobals()),
    );
  tokens
    .command("revoke")
    .description("Make a token invalid at once.")
    .requiredOption("--token-id <ID>", "Its id, as list shows it.")
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).revokeToken(command.optsWithGlobals()),
    );
}

function actions(): Promise<typeof Actions> {
  return import("./workspace-token-actions.ts");
}
