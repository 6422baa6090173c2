import { AppError, messageOf } from "@flightdeck/core";
import { readFileSync } from "node:fs";
import type { Environment } from "../fluent/tracking-environment.ts";
import { configFileOf } from "./config-file.ts";
import { type Ini, parseIni } from "./parse-ini.ts";

/** What a login is made of, by the names that a profile has for them; a variable has `DATABRICKS_` before it. */
const FIELDS = ["host", "token", "username", "password", "client_id", "client_secret", "auth_type"] as const;
export type WorkspaceConfig = { readonly [TField in (typeof FIELDS)[number]]?: string };

/** The profile that counts when none is named. */
export const DEFAULT_PROFILE = "DEFAULT";

/**
 * Reads what the environment says of a workspace, and what it leaves open from a profile: each field by itself, as
 * Databricks' SDK does. Without a named profile, a host or a login in the environment keeps the file unread.
 */
export function readWorkspaceConfig(env: Environment, namedProfile: string | undefined): WorkspaceConfig {
  const profile = namedProfile ?? present(env["DATABRICKS_CONFIG_PROFILE"]);
  const fromEnv = configOf((field) => env[`DATABRICKS_${field.toUpperCase()}`]);
  const isNamed = Object.keys(fromEnv).some((field) => field !== "auth_type");
  if (profile === undefined && isNamed) return fromEnv;
  const path = configFileOf(env);
  const section = readConfig(path, profile)?.get(profile ?? DEFAULT_PROFILE);
  if (section !== undefined) return { ...configOf((field) => section.get(field)), ...fromEnv };
  if (profile === undefined) return fromEnv;
  throw new AppError("INVALID_PARAMETER_VALUE", `${path} has no ${profile} profile configured`);
}

function configOf(read: (field: string) => string | undefined): WorkspaceConfig {
  const fields = FIELDS.map((field) => [field, present(read(field))] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

/** Undefined where there is no such file and nobody has asked for a profile of it. */
function readConfig(path: string, profile: string | undefined): Ini | undefined {
  try {
    return parseIni(readFileSync(path, "utf8"));
  } catch (cause) {
    if (profile === undefined) return undefined;
    const message = `the profile ${profile} cannot be read from ${path}: ${messageOf(cause)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  }
}

function present(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
