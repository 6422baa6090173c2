import { AppError, type Clock } from "@flightdeck/core";
import { createHmac, timingSafeEqual } from "node:crypto";
import { BOUNDS } from "../bounds.ts";
import type { Holder } from "../shares.ts";

export type SignedMethod = "GET" | "PUT" | "DELETE";

export type SignOptions = {
  /** For whom it is made: what it does counts as theirs. */
  readonly by?: Holder;
  readonly lifetimeMs?: number | undefined;
};

/**
 * Makes and checks URLs that carry their own permission: whoever holds one may do one thing, by one method, to one
 * path, for a short while.
 */
export class UrlSigner {
  readonly #key: Buffer;
  readonly #clock: Clock;

  constructor(key: Buffer, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
  }

  /** `path` is a URL's path, percent-encoded; given back with the signature as its query. */
  sign(
    method: SignedMethod,
    path: string,
    { by = "", lifetimeMs = BOUNDS.signedUrlMs }: SignOptions = {},
  ): string {
    const expires = String(this.#clock.nowMs() + lifetimeMs);
    const signature = this.hash(["url", method, path, expires, by]).toString("base64url");
    const query = { expires, ...(by !== "" && { by }), signature };
    return `${path}?${new URLSearchParams(query).toString()}`;
  }

  /**
   * Gives for whom this signer made `target` for `method`. Throws `PERMISSION_DENIED`, upon which clients ask for a new
   * URL, unless it did.
   */
  verify(method: SignedMethod, target: string): Holder {
    const [path = "", query = ""] = target.split("?", 2);
    const { expires = "", by = "", signature = "" } = Object.fromEntries(new URLSearchParams(query));
    const given = Buffer.from(signature, "base64url");
    const due = this.hash(["url", method, path, expires, by]);
    const valid = given.byteLength === due.byteLength && timingSafeEqual(given, due);
    if (!valid) throw new AppError("PERMISSION_DENIED", "the URL's signature is not valid");
    if (this.#clock.nowMs() < Number(expires)) return by === "" ? undefined : by;
    throw new AppError("PERMISSION_DENIED", "the URL has expired; ask for a new one");
  }

  /** A keyed hash of texts, which nobody without the key can make. */
  hash(texts: readonly string[]): Buffer {
    return createHmac("sha256", this.#key).update(JSON.stringify(texts)).digest();
  }
}
