import { AppError, invalid, messageOf } from "@flightdeck/core";
import { WORKSPACE_USER_AGENT } from "@flightdeck/protocol";
import { readFileSync } from "node:fs";
import { type Environment, nonEmpty } from "../environment.ts";
import type { RestClientOptions } from "../rest/rest-client.ts";
import { MachineLogin } from "./machine-login.ts";
import { configFileOf, type Ini, parseIni } from "./profiles.ts";

/**
 * The settings of a login, named as in a profile; the environment variable is `DATABRICKS_` and the name in capitals.
 */
const FIELDS = ["host", "token", "username", "password", "client_id", "client_secret", "auth_type"] as const;

type WorkspaceConfig = { readonly [TField in (typeof FIELDS)[number]]?: string };

/** The profile used when none is named. */
const DEFAULT_PROFILE = "DEFAULT";

/** Whether a tracking URI refers to a Databricks workspace: `databricks`, or `databricks://PROFILE`. */
export function isDatabricksUri(trackingUri: string): boolean {
  return trackingUri === "databricks" || trackingUri.startsWith("databricks://");
}

/** The ways to log in, in order of precedence, each with the fields that it needs. */
const LOGINS = {
  pat: ["token"],
  basic: ["username", "password"],
  "oauth-m2m": ["client_id", "client_secret"],
} as const satisfies Record<string, readonly (keyof WorkspaceConfig)[]>;

type AuthType = keyof typeof LOGINS;

const AUTH_TYPES: readonly AuthType[] = ["pat", "basic", "oauth-m2m"];

/**
 * Address and login of the workspace that a `databricks` or `databricks://PROFILE` URI refers to, looked up as
 * Databricks' own SDK does: `DATABRICKS_HOST` with `DATABRICKS_TOKEN`, or `_USERNAME` and `_PASSWORD`, or `_CLIENT_ID`
 * and `_CLIENT_SECRET`; otherwise the profile named by the URI or `DATABRICKS_CONFIG_PROFILE`, otherwise `DEFAULT`, in
 * `DATABRICKS_CONFIG_FILE` (default `~/.databrickscfg`). A named profile only fills in what the environment does not
 * set. Throws `INVALID_PARAMETER_VALUE` when there is no host or no login, or two logins without
 * `DATABRICKS_AUTH_TYPE`.
 *
 * @example
 * ```ts
 * const client = new MlflowClient(databricksOptions("databricks://staging", process.env));
 * ```
 */
export function databricksOptions(trackingUri: string, env: Environment): RestClientOptions {
  const [, profile] = /^databricks:\/\/([^/:]+)/.exec(trackingUri) ?? [];
  const config = readWorkspaceConfig(env, profile);
  if (config.host === undefined) throw noLogin(trackingUri, "no host");
  const host = hostUrl(config.host);
  return { trackingUri: host, userAgent: WORKSPACE_USER_AGENT, ...loginOf(config, { trackingUri, host }) };
}

type Workspace = { readonly trackingUri: string; readonly host: string };

function loginOf(config: WorkspaceConfig, { trackingUri, host }: Workspace): Partial<RestClientOptions> {
  const authType = authTypeOf(config, trackingUri);
  const { token, username, password, client_id: clientId, client_secret: clientSecret } = config;
  if (authType === "pat" && token !== undefined) return { token };
  if (authType === "basic" && username !== undefined) return { username, password };
  if (authType === "oauth-m2m" && clientId !== undefined && clientSecret !== undefined) {
    const login = new MachineLogin({ host, clientId, clientSecret });
    return { authorize: (signal) => login.authorization(signal) };
  }
  const missing = LOGINS[authType].filter((field) => config[field] === undefined);
  throw noLogin(trackingUri, `no ${missing.join(" and no ")}`);
}

function authTypeOf(config: WorkspaceConfig, trackingUri: string): AuthType {
  const { auth_type: wanted } = config;
  if (wanted !== undefined) return checkAuthType(wanted);
  const [found, ...more] = AUTH_TYPES.filter((type) =>
    LOGINS[type].some((field) => config[field] !== undefined),
  );
  if (found === undefined) throw noLogin(trackingUri, "no token");
  if (more.length === 0) return found;
  const message = `more than one authorization method is configured: ${[found, ...more].join(" and ")}; keep one, or set DATABRICKS_AUTH_TYPE`;
  throw invalid(message);
}

function checkAuthType(wanted: string): AuthType {
  const found = AUTH_TYPES.find((type) => type === wanted);
  if (found !== undefined) return found;
  const message = `DATABRICKS_AUTH_TYPE must be ${AUTH_TYPES.join(", ")}, got ${JSON.stringify(wanted)}`;
  throw new AppError("NOT_IMPLEMENTED", message);
}

/** A host without a scheme is a workspace on Databricks, which uses https. */
function hostUrl(host: string): string {
  const url = URL.parse(/^https?:\/\//i.test(host) ? host : `https://${host}`);
  if (url !== null) return url.origin;
  throw invalid(`the Databricks host is not a valid address: ${JSON.stringify(host)}`);
}

function noLogin(trackingUri: string, says: string): AppError {
  const message = `${says} is configured for ${trackingUri}: set DATABRICKS_HOST and DATABRICKS_TOKEN, or name a profile of ~/.databrickscfg as databricks://PROFILE`;
  return invalid(message);
}

/**
 * Reads the workspace's settings from the environment and fills the gaps from a profile, field by field, as Databricks'
 * SDK does. Without a named profile, the file is not read when the environment sets a host or a login.
 */
function readWorkspaceConfig(env: Environment, namedProfile: string | undefined): WorkspaceConfig {
  const profile = namedProfile ?? nonEmpty(env["DATABRICKS_CONFIG_PROFILE"]);
  const fromEnv = configOf((field) => env[`DATABRICKS_${field.toUpperCase()}`]);
  const isNamed = Object.keys(fromEnv).some((field) => field !== "auth_type");
  if (profile === undefined && isNamed) return fromEnv;
  const path = configFileOf(env);
  const section = readConfig(path, profile)?.get(profile ?? DEFAULT_PROFILE);
  if (section !== undefined) return { ...configOf((field) => section.get(field)), ...fromEnv };
  if (profile === undefined) return fromEnv;
  throw invalid(`${path} has no ${profile} profile configured`);
}

function configOf(read: (field: string) => string | undefined): WorkspaceConfig {
  const fields = FIELDS.map((field) => [field, nonEmpty(read(field))] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

/** Undefined when the file cannot be read and no profile was named. */
function readConfig(path: string, profile: string | undefined): Ini | undefined {
  try {
    return parseIni(readFileSync(path, "utf8"));
  } catch (cause) {
    if (profile === undefined) return undefined;
    const message = `the profile ${profile} cannot be read from ${path}: ${messageOf(cause)}`;
    throw invalid(message, { cause });
  }
}
