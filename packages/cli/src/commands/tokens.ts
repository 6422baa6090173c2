import { type TokenInfo, type WorkspaceRole } from "@flightdeck/store";
import { type Command, Option } from "commander";
import { userInfo } from "node:os";
import { formatTime } from "../output/format.ts";
import { note, printRecords, printResult } from "../output/print.ts";
import { BACKEND_STORE_OPTION, DATA_DIR_OPTION, isDataDirNamed } from "../data-dir.ts";
import { JSON_OPTION, type JsonFlag, parseCount } from "./options.ts";
import { type StoreFlags, withStore } from "./with-store.ts";

type Flags = StoreFlags & JsonFlag;

type CreateFlags = Flags & {
  readonly user?: string | undefined;
  readonly role?: WorkspaceRole | undefined;
  readonly comment?: string | undefined;
  readonly lifetimeDays?: number | undefined;
};

const DAY_MS = 86_400_000;

/** `flightdeck tokens`: works directly on the workspace's database, whether or not a server is running. */
export function defineTokens(tokens: Command): void {
  tokens
    .command("create")
    .description("Create a token and print it. It cannot be shown again.")
    .option("--user <NAME>", "User of the token (default: your user name on this machine).")
    .addOption(
      new Option(
        "--role <ROLE>",
        "Role of the user: admin may do everything, user only what was granted (default: user; admin for the first user of a workspace).",
      ).choices(["admin", "user"]),
    )
    .option("--comment <TEXT>", "Purpose of the token.")
    .option("--lifetime-days <INTEGER>", "Lifetime of the token, up to 730 days (default: 90).", parseCount)
    .option(...JSON_OPTION)
    .option(...BACKEND_STORE_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(createToken);
  tokens
    .command("list")
    .description("List the valid tokens of all users, without their values.")
    .option(...JSON_OPTION)
    .option(...BACKEND_STORE_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(listTokens);
  tokens
    .command("revoke")
    .description("Revoke a token immediately.")
    .argument("<ID>", "Id of the token, as shown by list.")
    .option(...JSON_OPTION)
    .option(...BACKEND_STORE_OPTION)
    .option(...DATA_DIR_OPTION)
    .action(revokeToken);
}

/**
 * Prints only the token to stdout, so that it can be assigned to a variable. Anyone who can run this owns the
 * workspace.
 */
async function createToken(flags: CreateFlags): Promise<void> {
  const { user = userInfo().username, role, comment, lifetimeDays } = flags;
  const lifetimeMs = lifetimeDays === undefined ? undefined : lifetimeDays * DAY_MS;
  // A default data folder may be the wrong one, and a token for a workspace without a server is useless.
  const mayCreate = isDataDirNamed(flags);
  const { principal, value, info } = await withStore(flags, { mayCreate }, async (opened) => {
    if (opened.isNew) note(`this made a new workspace in ${opened.dataDir}; a server there takes its tokens`);
    const { workspace } = opened.store;
    const enrolled = await workspace.enrol(user, role);
    const created = await workspace.createToken({ principalName: enrolled.name, comment, lifetimeMs });
    return { ...created, principal: enrolled };
  });
  if (principal.isFirst && principal.role === "admin") {
    note(
      `${principal.name} is the first user of this workspace, and its admin; --role user makes a plain one`,
    );
  }
  printResult(flags.json, value, { value, ...info });
}

async function listTokens(flags: Flags): Promise<void> {
  const tokens = await withStore(flags, { mayCreate: false }, ({ store }) => store.workspace.listTokens());
  const table = (): { headers: string[]; rows: string[][] } => ({
    headers: ["Id", "User", "Comment", "Created", "Expires"],
    rows: tokens.map(rowOf),
  });
  printRecords(flags.json, table, tokens);
}

async function revokeToken(tokenId: string, flags: Flags): Promise<void> {
  await withStore(flags, { mayCreate: false }, ({ store }) => store.workspace.revokeToken(tokenId));
  printResult(flags.json, `Token ${tokenId} has been revoked.`, { tokenId });
}

function rowOf({ tokenId, principalName, comment, creationTimeMs, expiryTimeMs }: TokenInfo): string[] {
  return [tokenId, principalName, comment, formatTime(creationTimeMs), formatTime(expiryTimeMs)];
}
