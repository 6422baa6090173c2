import type { TokenInfoWire } from "@flightdeck/client";
import type { Command } from "commander";
import { formatTime } from "../../output/format.ts";
import { printResult } from "../../output/print.ts";
import { JSON_OPTION, type JsonFlag, parseCount } from "../options.ts";
import {
  type OutputFlags,
  outputOption,
  printForReader,
  PROFILE_OPTION,
  type ProfileFlag,
  withGroupOptions,
} from "./options.ts";
import { withWorkspace } from "./with-workspace.ts";

/** Same as in the old command line. Without it, Databricks would create a token that never expires. */
const LIFETIME_DEFAULT_S = 90 * 24 * 60 * 60;

type Flags = ProfileFlag & OutputFlags;

type CreateFlags = Flags & { readonly comment: string; readonly lifetimeSeconds?: number | undefined };

type RevokeFlags = ProfileFlag & JsonFlag & { readonly tokenId: string };

/** `flightdeck databricks tokens …`: manages the user's own tokens through the workspace's API. */
export function defineWorkspaceTokens(tokens: Command): void {
  tokens.option(...PROFILE_OPTION);
  tokens
    .command("create")
    .description("Create a token and print it. It cannot be shown again.")
    .requiredOption("--comment <TEXT>", "Purpose of the token.")
    .option("--lifetime-seconds <INTEGER>", "Lifetime of the token (default: 90 days).", parseCount)
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(createToken));
  tokens
    .command("list")
    .description("List the valid tokens, without their values.")
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(listTokens));
  tokens
    .command("revoke")
    .description("Revoke a token immediately.")
    .requiredOption("--token-id <ID>", "Id of the token, as shown by list.")
    .option(...JSON_OPTION)
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(revokeToken));
}

async function createToken(flags: CreateFlags): Promise<void> {
  const { comment, lifetimeSeconds = LIFETIME_DEFAULT_S } = flags;
  const created = await withWorkspace(flags, ({ client }) =>
    client.tokens.create({ comment, lifetime_seconds: lifetimeSeconds }),
  );
  const table = () => ({
    headers: ["Token", ...HEADERS],
    rows: [[created.token_value, ...rowOf(created.token_info)]],
  });
  printForReader(flags, table, created);
}

async function listTokens(flags: Flags): Promise<void> {
  const infos = await withWorkspace(flags, ({ client }) => client.tokens.list());
  printForReader(flags, () => ({ headers: HEADERS, rows: infos.map(rowOf) }), { token_infos: infos });
}

async function revokeToken({ tokenId, ...flags }: RevokeFlags): Promise<void> {
  await withWorkspace(flags, ({ client }) => client.tokens.delete(tokenId));
  printResult(flags.json, `Token ${tokenId} has been revoked.`, { token_id: tokenId });
}

const HEADERS = ["Id", "Comment", "Created", "Expires"];

/** The expiry of a token that never expires is -1. */
function rowOf({
  token_id: id,
  comment,
  creation_time: created,
  expiry_time: expires,
}: TokenInfoWire): string[] {
  return [id, comment, formatTime(created), expires < 0 ? "never" : formatTime(expires)];
}
