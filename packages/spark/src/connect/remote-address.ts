import { AppError } from "@flightdeck/core";
import { userInfo } from "node:os";

/** The address of a Spark Connect server, and the credentials to send. */
export type RemoteAddress = {
  readonly host: string;
  readonly port: number;
  readonly useSsl: boolean;
  readonly token: string | undefined;
  readonly userId: string;
  /** The address without its parameters, which may contain secrets. Use it in messages. */
  readonly shown: string;
};

/** Spark's default. */
export const CONNECT_PORT_DEFAULT = 15_002;
const KNOWN = ["token", "use_ssl", "user_id", "user_agent", "session_id"];

/**
 * Parses `sc://HOST[:PORT][/;NAME=VALUE…]`, the form in which Spark writes the address of a Connect server. The
 * parameters `token`, `use_ssl` and `user_id` are used; `user_agent` and `session_id` are accepted and ignored; any
 * other is an error.
 *
 * A token is only sent over TLS or to this machine. For other hosts it requires, and implies, `use_ssl=true`.
 */
export function parseRemote(text: string): RemoteAddress {
  const match = /^sc:\/\/(\[[0-9a-fA-F:.]+\]|[^/:;\s[\]]+)(?::(\d{1,5}))?(?:\/(?:;([^\s]*))?)?$/.exec(text);
  const [, host = "", portText, parameterText = ""] = match ?? [];
  const port = portText === undefined ? CONNECT_PORT_DEFAULT : Number(portText);
  if (match === null || port < 1 || port > 65_535) {
    throw refused(`must be sc://HOST:PORT, or sc://HOST:PORT/;token=…;use_ssl=true, got ${quoted(text)}`);
  }
  const parameters = parametersOf(parameterText);
  const token = parameters.get("token");
  return {
    host,
    port,
    token,
    useSsl: useSslOf(parameters.get("use_ssl"), token !== undefined && !isThisMachine(host)),
    userId: parameters.get("user_id") ?? userInfo().username,
    shown: formatRemote({ host, port }),
  };
}

/** Formats the address of a Connect server, with its token if it requires one. */
export function formatRemote({ host, port }: Pick<RemoteAddress, "host" | "port">, token?: string): string {
  return `sc://${host}:${port}${token === undefined ? "" : `/;token=${encodeURIComponent(token)}`}`;
}

function parametersOf(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of text.split(";").filter((each) => each !== "")) {
    const at = part.indexOf("=");
    const name = at < 0 ? part : part.slice(0, at);
    const value = at < 0 ? "" : decoded(part.slice(at + 1));
    if (!KNOWN.includes(name))
      throw refused(`has the parameter ${quoted(name)}; known are ${KNOWN.join(", ")}`);
    if (value === "") throw refused(`needs a value for its parameter ${name}`);
    parameters.set(name, value);
  }
  return parameters;
}

function useSslOf(text: string | undefined, isNeeded: boolean): boolean {
  if (text === undefined) return isNeeded;
  if (text !== "true" && text !== "false")
    throw refused(`must have use_ssl=true or use_ssl=false, got ${quoted(text)}`);
  if (text === "false" && isNeeded)
    throw refused("sends a token unencrypted over the network; leave out use_ssl=false");
  return text === "true";
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused("has a parameter that is not percent-encoded as a URL's");
  }
}

/** Quotes the address without its parameters, which may include a token. */
function quoted(text: string): string {
  return `"${text.replace(/;.*$/s, ";…").slice(0, 200)}"`;
}

function refused(problem: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `the address of a Spark Connect server ${problem}`);
}
