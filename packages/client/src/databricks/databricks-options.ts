import { AppError, messageOf } from "@flightdeck/core";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../fluent/tracking-environment.ts";
import type { RestClientOptions } from "../rest/rest-client.ts";
import { type Ini, parseIni } from "./parse-ini.ts";

/** What a login is made of, by the names that a profile has for them. */
const FIELDS = ["host", "token", "username", "password", "client_id", "client_secret"] as const;
type Login = { readonly [TField in (typeof FIELDS)[number]]?: string };

/** The profile that counts when none is named. */
const DEFAULT_PROFILE = "DEFAULT";

/** Whether a tracking URI means a Databricks workspace: `databricks`, or `databricks://PROFILE`. */
export function isDatabricksUri(trackingUri: string): boolean {
  return trackingUri === "databricks" || trackingUri.startsWith("databricks://");
}

/**
 * Address and credentials of the workspace that a `databricks` or `databricks://PROFILE` URI means, found as Databricks'
 * own SDK finds them: `DATABRICKS_HOST` with `DATABRICKS_TOKEN`, or `DATABRICKS_USERNAME` and `DATABRICKS_PASSWORD`; else
 * the profile that the URI or `DATABRICKS_CONFIG_PROFILE` names, else `DEFAULT`, of `DATABRICKS_CONFIG_FILE`, by default
 * `~/.databrickscfg`. Throws `INVALID_PARAMETER_VALUE` when they name no host or no login, or two logins.
 *
 * @example
 * ```ts
 * const client = new MlflowClient(databricksOptions("databricks://staging", process.env));
 * ```
 */
export function databricksOptions(trackingUri: string, env: Environment): RestClientOptions {
  const [, uriProfile] = /^databricks:\/\/([^/:]+)/.exec(trackingUri) ?? [];
  const login = findLogin(uriProfile ?? present(env["DATABRICKS_CONFIG_PROFILE"]), env);
  const { host, token, username, password } = login;
  if (host === undefined) throw noLogin(trackingUri, "no host");
  refuseTwoLogins(login, env);
  if (token === undefined && username === undefined) refuseWithout(trackingUri, login);
  return token === undefined
    ? { trackingUri: hostUrl(host), username, password }
    : { trackingUri: hostUrl(host), token };
}

/** A named profile counts for more than the environment; without one, the environment keeps the file unread. */
function findLogin(profile: string | undefined, env: Environment): Login {
  const fromEnv = loginOf((field) => env[`DATABRICKS_${field.toUpperCase()}`]);
  if (profile === undefined && Object.keys(fromEnv).length > 0) return fromEnv;
  const path = present(env["DATABRICKS_CONFIG_FILE"]) ?? join(homedir(), ".databrickscfg");
  const section = readConfig(path, profile)?.get(profile ?? DEFAULT_PROFILE);
  if (section !== undefined) {
    const fromFile = loginOf((field) => section.get(field));
    const hasLogin = Object.keys(fromFile).some((field) => field !== "host");
    // A login of the environment is for its own host.
    return hasLogin ? fromFile : { ...fromEnv, ...fromFile };
  }
  if (profile === undefined) return {};
  throw new AppError("INVALID_PARAMETER_VALUE", `${path} has no ${profile} profile configured`);
}

function loginOf(read: (field: string) => string | undefined): Login {
  const fields = FIELDS.map((field) => [field, present(read(field))] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

/** Undefined where there is no such file and nobody has asked for a profile of it. */
function readConfig(path: string, profile: string | undefined): Ini | undefined {
  try {
    return parseIni(readFileSync(path.replace(/^~(?=\/)/, homedir()), "utf8"));
  } catch (cause) {
    if (profile === undefined) return undefined;
    const message = `the profile ${profile} cannot be read from ${path}: ${messageOf(cause)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  }
}

/** Without a scheme it is a workspace of Databricks' own, which has https. */
function hostUrl(host: string): string {
  const url = URL.parse(/^https?:\/\//i.test(host) ? host : `https://${host}`);
  if (url !== null) return url.origin;
  throw new AppError("INVALID_PARAMETER_VALUE", `the Databricks host is no address: ${JSON.stringify(host)}`);
}

function refuseTwoLogins({ token, username, client_id: clientId }: Login, env: Environment): void {
  const kinds = Object.entries({ token, username, client_id: clientId }).flatMap(([kind, value]) =>
    value === undefined ? [] : [kind],
  );
  if (kinds.length < 2 || present(env["DATABRICKS_AUTH_TYPE"]) === "pat") return;
  const message = `more than one login for Databricks is configured: ${kinds.join(" and ")}; keep one`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function refuseWithout(trackingUri: string, { client_id: clientId }: Login): never {
  if (clientId === undefined) throw noLogin(trackingUri, "no token");
  const message = "a client id and secret are not used by this client yet; set a token, DATABRICKS_TOKEN say";
  throw new AppError("NOT_IMPLEMENTED", message);
}

function noLogin(trackingUri: string, says: string): AppError {
  const message = `${says} is configured for ${trackingUri}: set DATABRICKS_HOST and DATABRICKS_TOKEN, or name a profile of ~/.databrickscfg as databricks://PROFILE`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

function present(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
