import { randomUUID } from "node:crypto";
import { mkdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Environment } from "../fluent/tracking-environment.ts";
import { configFileOf } from "./config-file.ts";
import { editProfile } from "./edit-profile.ts";

export type SavedProfile = { readonly profile: string; readonly host: string; readonly token: string };

/** A profile with two logins would be refused, so those of before go. */
const OTHER_LOGINS = {
  username: undefined,
  password: undefined,
  client_id: undefined,
  client_secret: undefined,
  auth_type: undefined,
};
/** The file holds tokens. */
const OWNER_ONLY = 0o600;

/**
 * Writes a workspace's address and token into the profiles file (`DATABRICKS_CONFIG_FILE`, else `~/.databrickscfg`), for
 * its owner's eyes alone, and gives the file's place. Other profiles stay as they are; whoever reads meanwhile sees the
 * old file or the new one.
 */
export async function saveProfile({ profile, host, token }: SavedProfile, env: Environment): Promise<string> {
  const path = configFileOf(env);
  const text = editProfile(await readIfThere(path), { profile, fields: { host, token, ...OTHER_LOGINS } });
  await mkdir(dirname(path), { recursive: true });
  const target = await realpath(path).catch(() => path); // A link into somebody's dotfiles stays one.
  const partial = `${target}.${randomUUID()}`;
  try {
    await writeFile(partial, text, { mode: OWNER_ONLY, flag: "wx" });
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
  return path;
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}
