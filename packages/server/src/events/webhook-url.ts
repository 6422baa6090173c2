import { AppError, messageOf } from "@flightdeck/core";
import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";

/** A resolver answers in milliseconds, or not at all. */
const RESOLVE_MS = 5000;

/** A URL with its checked addresses, so that its host is not resolved again. */
export type ResolvedUrl = { readonly url: URL; readonly addresses: readonly LookupAddress[] };

/**
 * Checks a URL and resolves its host. Throws `INVALID_PARAMETER_VALUE`, with MLflow's wording where MLflow has one, for what
 * the policy refuses. A host is refused when any of its addresses is.
 */
export async function resolveWebhookUrl(text: string, policy: WebhookPolicy): Promise<ResolvedUrl> {
  const url = parseWebhookUrl(text, policy);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const addresses = await addressesOf(host);
  const refused = policy.allowPrivateAddresses
    ? undefined
    : addresses.find(({ address }) => !isPublicAddress(address));
  if (refused === undefined) return { url, addresses };
  throw invalid(
    `Webhook URL must not resolve to a non-public IP address. '${host}' resolves to ${refused.address}.`,
  );
}

function parseWebhookUrl(text: string, { allowedSchemes }: WebhookPolicy): URL {
  if (text.trim() === "") throw invalid(`Webhook URL cannot be empty or just whitespace: '${text}'`);
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text.trim())?.[1]?.toLowerCase() ?? "";
  if (!allowedSchemes.includes(scheme)) {
    throw invalid(
      `Invalid webhook URL scheme: '${scheme}'. Allowed schemes are: ${allowedSchemes.join(", ")}.`,
    );
  }
  const url = URL.parse(text);
  if (url === null || url.hostname === "") throw invalid(`Webhook URL must include a hostname: '${text}'`);
  if (url.username === "" && url.password === "") return url;
  throw invalid("Webhook URL must not hold a user or a password, since it can be read back; use a secret");
}

async function addressesOf(host: string): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  try {
    return await Promise.race([lookup(host, { all: true }), tooLate()]);
  } catch (error) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `Cannot resolve Webhook URL hostname '${host}': ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** The system's resolver cannot be cancelled, so a late answer is ignored. */
function tooLate(): Promise<never> {
  return new Promise((_resolve, reject) => {
    const message = `no answer within ${RESOLVE_MS} ms`;
    setTimeout(() => reject(new AppError("DEADLINE_EXCEEDED", message)), RESOLVE_MS).unref();
  });
}

function invalid(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

/**
 * Whether an IP address belongs to the public internet, according to IANA's special-purpose registries (RFC 6890 and its
 * updates). For IPv6 this means global unicast, except ranges that lead to IPv4 or are reserved.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !SPECIAL_IPV4.check(address, "ipv4");
  if (family !== 6) return false;
  return GLOBAL_UNICAST.check(address, "ipv6") && !SPECIAL_IPV6.check(address, "ipv6");
}

const SPECIAL_IPV4 = blockList("ipv4", [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // shared by carriers
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local, where clouds serve credentials
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, and broadcast
]);

const GLOBAL_UNICAST = blockList("ipv6", [["2000::", 3]]);

const SPECIAL_IPV6 = blockList("ipv6", [
  ["2001::", 23], // protocol assignments, Teredo among them
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4, which holds any IPv4 address
  ["3fff::", 20], // documentation
]);

function blockList(family: "ipv4" | "ipv6", subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, family);
  return list;
}

/** Where webhooks may be sent. The defaults refuse addresses inside the server's own network. */
export type WebhookPolicy = {
  /** Default: `https` only. */
  readonly allowedSchemes: readonly string[];
  /** Allows loopback, private, link-local and other special addresses. Default: false. */
  readonly allowPrivateAddresses: boolean;
};

export const DEFAULT_WEBHOOK_POLICY: WebhookPolicy = {
  allowedSchemes: ["https"],
  allowPrivateAddresses: false,
};
