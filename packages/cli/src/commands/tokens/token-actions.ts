import { openStore, type TokenInfo, type WorkspaceRole, type WorkspaceStore } from "@flightdeck/store";
import { mkdir } from "node:fs/promises";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { formatTime } from "../../output/format-time.ts";
import { note } from "../../output/print.ts";
import { printResult } from "../../output/print-result.ts";
import { printRecords } from "../../output/print-table.ts";
import { type DataDirFlag, dataDirOf } from "../../tracking/data-dir.ts";
import type { JsonFlag } from "../json-option.ts";

type StoreFlags = DataDirFlag & JsonFlag & { readonly backendStoreUri?: string };
export type CreateFlags = StoreFlags & {
  readonly user?: string;
  readonly role?: WorkspaceRole;
  readonly comment?: string;
  readonly lifetimeDays?: number;
};
export type ListFlags = StoreFlags;
export type RevokeFlags = StoreFlags;

const DAY_MS = 86_400_000;
/** Only the owner may look into the data folder, as when the server makes it. */
const DATA_DIR_MODE = 0o700;

/** Prints the token alone, so that it goes into a variable as it is. Whoever may run this owns the workspace. */
export async function createToken(flags: CreateFlags): Promise<void> {
  const { user = userInfo().username, role, comment, lifetimeDays } = flags;
  const { principal, value, info } = await withWorkspace(flags, async (workspace) => {
    const enrolled = await workspace.enrol(user, role);
    const created = await workspace.createToken({
      principalName: enrolled.name,
      ...(comment !== undefined && { comment }),
      ...(lifetimeDays !== undefined && { lifetimeMs: lifetimeDays * DAY_MS }),
    });
    return { ...created, principal: enrolled };
  });
  if (principal.isFirst && principal.role === "admin") {
    note(
      `${principal.name} is the first user of this workspace, and its admin; --role user makes a plain one`,
    );
  }
  printResult(flags.json, value, { value, ...info });
}

export async function listTokens(flags: ListFlags): Promise<void> {
  const tokens = await withWorkspace(flags, (workspace) => workspace.listTokens());
  const table = (): { headers: string[]; rows: string[][] } => ({
    headers: ["Id", "User", "Comment", "Created", "Expires"],
    rows: tokens.map(rowOf),
  });
  printRecords(flags.json, table, tokens);
}

export async function revokeToken(tokenId: string, flags: RevokeFlags): Promise<void> {
  await withWorkspace(flags, (workspace) => workspace.revokeToken(tokenId));
  printResult(flags.json, `Token ${tokenId} has been revoked.`, { tokenId });
}

function rowOf({ tokenId, principalName, comment, creationTimeMs, expiryTimeMs }: TokenInfo): string[] {
  return [tokenId, principalName, comment, formatTime(creationTimeMs), formatTime(expiryTimeMs)];
}

/** The same database as the server's with the same flags. */
async function withWorkspace<T>(
  flags: StoreFlags,
  action: (workspace: WorkspaceStore) => Promise<T>,
): Promise<T> {
  const dataDir = resolve(dataDirOf(flags));
  await mkdir(dataDir, { recursive: true, mode: DATA_DIR_MODE });
  const store = await openStore({
    backendStoreUri: flags.backendStoreUri ?? `sqlite:///${join(dataDir, "flightdeck.db")}`,
    defaultArtifactRoot: "mlflow-artifacts:/",
  });
  try {
    return await action(store.workspace);
  } finally {
    await store.close();
  }
}
