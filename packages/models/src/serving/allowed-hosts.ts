const LOOPBACK_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];
const EVERY_ADDRESS: ReadonlySet<string> = new Set(["0.0.0.0", "::", "[::]"]);

/**
 * Checks that a request's Host header names this server. A server bound to one address accepts that address and, on
 * loopback, its usual names; this blocks DNS rebinding, where another site's page points its own name here. A server
 * bound to all addresses cannot know its names and accepts any, unless `allowedHosts` lists them.
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
