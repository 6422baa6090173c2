import { type Command, Option } from "commander";
import { DATA_DIR_OPTION } from "../../tracking/data-dir.ts";
import { JSON_OPTION } from "../json-option.ts";
import { parseCount } from "../option-parsers.ts";
import type { CreateFlags, ListFlags, RevokeFlags } from "./token-actions.ts";

const BACKEND_OPTION = ["--backend-store-uri <URI>", "The database (default: in the data folder)."] as const;

/** `flightdeck tokens`: works on the workspace's database itself, whether a server runs or not. */
export function addTokensCommand(program: Command): void {
  const tokens = program
    .command("tokens")
    .description("Manage tokens, which --auth token asks for, and jobs everywhere.");
  tokens
    .command("create")
    .description("Create a token and print it, alone. It is shown this once.")
    .option("--user <NAME>", "Whose token it is (default: your name on this machine).")
    .addOption(
      new Option(
        "--role <ROLE>",
        "What the user may do: all, or what was granted (default: user; admin for the first of a workspace).",
      ).choices(["admin", "user"]),
    )
    .option("--comment <TEXT>", "What it is for.")
    .option("--lifetime-days <INTEGER>", "How long it is valid, up to 730 days (default: 90).", parseCount)
    .option(...JSON_OPTION)
    .option(...BACKEND_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: CreateFlags) => (await import("./token-actions.ts")).createToken(flags));
  tokens
    .command("list")
    .description("List the valid tokens of all users, without their values.")
    .option(...JSON_OPTION)
    .option(...BACKEND_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (flags: ListFlags) => (await import("./token-actions.ts")).listTokens(flags));
  tokens
    .command("revoke")
    .description("Make a token invalid at once.")
    .argument("<ID>", "Its id, as list shows it.")
    .option(...JSON_OPTION)
    .option(...BACKEND_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(async (id: string, flags: RevokeFlags) =>
      (await import("./token-actions.ts")).revokeToken(id, flags),
    );
}
