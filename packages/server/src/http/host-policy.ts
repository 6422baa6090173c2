import { AppError } from "@flightdeck/core";
import { isIP } from "node:net";
import { hostname as machineName } from "node:os";

/** Which names a request may call this server by, and which pages may change things on it. */
export type HostPolicy = {
  /** Throws `PERMISSION_DENIED` for a Host header that is not this server's. */
  checkHost(header: string | undefined): void;
  /** Throws `PERMISSION_DENIED` for an Origin header of another site's page. */
  checkOrigin(origin: string | undefined, host: string | undefined): void;
};

export type HostPolicyInput = {
  /** What the server is bound to: a name, an address, or `0.0.0.0` and `::` for all addresses. */
  readonly boundHost: string;
  /** Names beside: `name`, `name:port`, `*.domain`, or `*` for all. */
  readonly allowedHosts: readonly string[];
};

/**
 * A page that rebinds its own name to this server's address ("DNS rebinding") sends its own name as Host; so only names
 * that belong to this server are let in. Addresses cannot be rebound: a server that is open to all of the machine's
 * addresses takes any.
 */
export function createHostPolicy({ boundHost, allowedHosts }: HostPolicyInput): HostPolicy {
  const bound = boundHost.toLowerCase();
  const allowed = allowedHosts.map((host) => host.trim().toLowerCase()).filter((host) => host !== "");
  const listed = (host: string, name: string): boolean =>
    allowed.some((pattern) => pattern === host || pattern === name || matchesWildcard(pattern, name));
  const ownName = (name: string): boolean => {
    if (isLoopback(name) || name === bound) return true;
    return isWildcardAddress(bound) && (isIP(name) !== 0 || name === machineName().toLowerCase());
  };
  return {
    checkHost: (header) => {
      const name = nameOf(header ?? "");
      if (name !== undefined && (ownName(name) || allowed.includes("*"))) return;
      if (name !== undefined && listed((header ?? "").toLowerCase(), name)) return;
      // MLflow's wording; what came is quoted for the one who has to name it in --allowed-hosts.
      const message = `Invalid Host header - possible DNS rebinding attack detected: ${JSON.stringify(header ?? "")}; name it in --allowed-hosts if it is this server's`;
      throw new AppError("PERMISSION_DENIED", message);
    },
    checkOrigin: (origin, host) => {
      if (origin === undefined) return; // Not a page: pages always send it with what changes things.
      const url = URL.parse(origin);
      const asHost = url?.host.toLowerCase();
      if (asHost !== undefined && asHost !== "" && asHost === host?.toLowerCase()) return;
      if (url !== null && asHost !== undefined && listed(asHost, url.hostname)) return;
      throw new AppError("PERMISSION_DENIED", `Cross-origin request blocked: ${JSON.stringify(origin)}`);
    },
  };
}

/** Whether a name or address always means this machine. */
export function isLoopback(name: string): boolean {
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

function isWildcardAddress(name: string): boolean {
  return name === "0.0.0.0" || name === "::";
}

/** The name in a Host header, without port and brackets; undefined when it is none. */
function nameOf(header: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?$/.exec(header) ?? [];
  return (bracketed ?? plain)?.toLowerCase();
}

function matchesWildcard(pattern: string, name: string): boolean {
  return pattern.startsWith("*.") && name.endsWith(pattern.slice(1));
}
