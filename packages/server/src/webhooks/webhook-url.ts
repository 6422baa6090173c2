import { AppError, messageOf } from "@flightdeck/core";
import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { BOUNDS } from "../bounds.ts";
import { isPublicAddress } from "./public-address.ts";
import type { WebhookPolicy } from "./webhook-policy.ts";

/** An URL with the addresses that it may be reached at: they were checked, and no name is looked up again. */
export type ResolvedUrl = { readonly url: URL; readonly addresses: readonly LookupAddress[] };

/**
 * Checks an URL and looks its host up. Throws `INVALID_PARAMETER_VALUE`, in MLflow's words where it has some, for what
 * the policy refuses; a host is refused when any of its addresses is.
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

/** The system's resolver cannot be cancelled; what it says later is of no interest. */
function tooLate(): Promise<never> {
  return new Promise((_resolve, reject) => {
    const message = `no answer within ${BOUNDS.webhookResolveMs} ms`;
    setTimeout(() => reject(new AppError("DEADLINE_EXCEEDED", message)), BOUNDS.webhookResolveMs).unref();
  });
}

function invalid(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
