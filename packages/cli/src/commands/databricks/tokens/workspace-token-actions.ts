import type { TokenInfoWire } from "@flightdeck/client";
import { formatTime } from "../../../output/format-time.ts";
import { printResult } from "../../../output/print-result.ts";
import type { JsonFlag } from "../../json-option.ts";
import { type OutputFlags, printForReader } from "../output-options.ts";
import type { ProfileFlag } from "../workspace-options.ts";
import { withWorkspace } from "../with-workspace.ts";

/** As the old command line: without it a workspace of Databricks would make a token that lasts for ever. */
const LIFETIME_DEFAULT_S = 90 * 24 * 60 * 60;

type Flags = ProfileFlag & OutputFlags;
export type CreateFlags = Flags & { readonly comment: string; readonly lifetimeSeconds?: number };
export type RevokeFlags = ProfileFlag & JsonFlag & { readonly tokenId: string };

export async function createToken(flags: CreateFlags): Promise<void> {
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

export async function listTokens(flags: Flags): Promise<void> {
  const infos = await withWorkspace(flags, ({ client }) => client.tokens.list());
  printForReader(flags, () => ({ headers: HEADERS, rows: infos.map(rowOf) }), { token_infos: infos });
}

export async function revokeToken({ tokenId, ...flags }: RevokeFlags): Promise<void> {
  await withWorkspace(flags, ({ client }) => client.tokens.delete(tokenId));
  printResult(flags.json, `Token ${tokenId} has been revoked.`, { token_id: tokenId });
}

const HEADERS = ["Id", "Comment", "Created", "Expires"];

/** A token that never expires has -1 there. */
function rowOf({
  token_id: id,
  comment,
  creation_time: created,
  expiry_time: expires,
}: TokenInfoWire): string[] {
  return [id, comment, formatTime(created), expires < 0 ? "never" : formatTime(expires)];
}
