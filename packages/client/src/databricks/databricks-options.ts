import { AppError } from "@flightdeck/core";
import type { Environment } from "../fluent/tracking-environment.ts";
import type { RestClientOptions } from "../rest/rest-client.ts";
import { MachineLogin } from "./machine-login.ts";
import { readWorkspaceConfig, type WorkspaceConfig } from "./workspace-config.ts";

/** Whether a tracking URI means a Databricks workspace: `databricks`, or `databricks://PROFILE`. */
export function isDatabricksUri(trackingUri: string): boolean {
  return trackingUri === "databricks" || trackingUri.startsWith("databricks://");
}

/**
 * By this a server that is both, an open one and a workspace, knows as which it is asked: experiments keep their
 * artifacts in DBFS then.
 */
const USER_AGENT = "flightdeck/0.1.0 databricks";

/** Ways to log in, in the order in which they are looked for, with the fields that each is told by. */
const LOGINS = {
  pat: ["token"],
  basic: ["username", "password"],
  "oauth-m2m": ["client_id", "client_secret"],
} as const satisfies Record<string, readonly (keyof WorkspaceConfig)[]>;
type AuthType = keyof typeof LOGINS;
const AUTH_TYPES: readonly AuthType[] = ["pat", "basic", "oauth-m2m"];

/**
 * Address and login of the workspace that a `databricks` or `databricks://PROFILE` URI means, found as Databricks' own
 * SDK finds them: `DATABRICKS_HOST` with `DATABRICKS_TOKEN`, or `_USERNAME` and `_PASSWORD`, or `_CLIENT_ID` and
 * `_CLIENT_SECRET`; else the profile that the URI or `DATABRICKS_CONFIG_PROFILE` names, else `DEFAULT`, of
 * `DATABRICKS_CONFIG_FILE`, by default `~/.databrickscfg`. Of a named profile, only what the environment leaves open is
 * taken. Throws `INVALID_PARAMETER_VALUE` when they name no host or no login, or two logins without
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
  return { trackingUri: host, userAgent: USER_AGENT, ...loginOf(config, { trackingUri, host }) };
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
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function checkAuthType(wanted: string): AuthType {
  const found = AUTH_TYPES.find((type) => type === wanted);
  if (found !== undefined) return found;
  const message = `DATABRICKS_AUTH_TYPE must be ${AUTH_TYPES.join(", ")}, got ${JSON.stringify(wanted)}`;
  throw new AppError("NOT_IMPLEMENTED", message);
}

/** Without a scheme it is a workspace of Databricks' own, which has https. */
function hostUrl(host: string): string {
  const url = URL.parse(/^https?:\/\//i.test(host) ? host : `https://${host}`);
  if (url !== null) return url.origin;
  throw new AppError("INVALID_PARAMETER_VALUE", `the Databricks host is no address: ${JSON.stringify(host)}`);
}

function noLogin(trackingUri: string, says: string): AppError {
  const message = `${says} is configured for ${trackingUri}: set DATABRICKS_HOST and DATABRICKS_TOKEN, or name a profile of ~/.databrickscfg as databricks://PROFILE`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
