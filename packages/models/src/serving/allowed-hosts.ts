const LOOPBACK_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];
const EVERY_ADDRESS: ReadonlySet<string> = new Set(["0.0.0.0", "::", "[::]"]);

/**
 * Whether a request's Host header names this server. Bound to one address, it answers to that and, on loopback, to its
 * usual names only; a page of another site that has its name point here (DNS rebinding) is refused. Bound to every
 * address, the names that lead here are not known, and all are taken unless `allowedHosts` lists them.
 */
export function hostCheck(
  boundHost: string,
  allowedHosts: readonly string[] | undefined,
): (header: string | undefined) => boolean {
  if (allowedHosts === undefined && EVERY_ADDRESS.has(boundHost)) return () => true;
  const names = new Set([...(allowedHosts ?? []), ...LOOPBACK_NAMES, bracketed(boundHost)].map(lowerCased));
  return (header) => header !== undefined && names.has(withoutPort(header).toLowerCase());
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function lowerCased(name: string): string {
  return name.toLowerCase();
}

function withoutPort(header: string): string {
  return header.replace(/:\d+$/, "");
}
