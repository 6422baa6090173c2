import { AppError } from "@flightdeck/core";
import type { IncomingMessage } from "node:http";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { BOUNDS } from "../bounds.ts";
import type { ResolvedUrl } from "./webhook-url.ts";

export type Post = {
  readonly to: ResolvedUrl;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
};

export type PostAnswer = {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Its beginning, as far as the bound allows. */
  readonly body: string;
};

/**
 * Sends a body to the addresses that were checked, and to no others: redirects are not followed, no proxy is asked, and
 * no connection is shared with other requests.
 */
export function postPinned({ to, headers, body, signal }: Post): Promise<PostAnswer> {
  const send = to.url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers, signal, agent: false, lookup: pinnedLookup(to) } as const;
    const request = send(to.url, options, (response) => {
      readAnswer(response).then(resolve, reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

function pinnedLookup({ addresses }: ResolvedUrl): LookupFunction {
  return (_hostname, { all }, done) => {
    const [first] = addresses;
    if (first === undefined) return done(new AppError("NOT_FOUND", "the host has no address"), "");
    return all === true ? done(null, [...addresses]) : done(null, first.address, first.family);
  };
}

async function readAnswer(response: IncomingMessage): Promise<PostAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= BOUNDS.webhookAnswerBytesMax) break; // Leaving the loop closes the connection.
  }
  return {
    status: response.statusCode ?? 0,
    retryAfter: response.headers["retry-after"],
    body: Buffer.concat(chunks).subarray(0, BOUNDS.webhookAnswerBytesMax).toString(),
  };
}
