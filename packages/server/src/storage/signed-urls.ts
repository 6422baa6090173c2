import { encodeArtifactPath } from "@flightdeck/artifacts";
import { AppError, type Clock } from "@flightdeck/core";
import { narrowToOwner } from "@flightdeck/store";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { ClientFacts } from "../http/read-request.ts";
import type { Principal } from "../identity/principal.ts";
import { type Holder, holderOf } from "../identity/shares.ts";
import type { NamedPlace } from "./served-artifacts.ts";

/** How long a signed URL is valid: long enough to start a transfer, which may take longer. Then clients ask for a new one. */
export const SIGNED_URL_MS = 900_000;

export type SignedMethod = "GET" | "PUT" | "DELETE";

export type SignOptions = {
  /** Who gets the URL: its uploads count against their share. */
  readonly by?: Holder | undefined;
  readonly lifetimeMs?: number | undefined;
};

/**
 * Makes and checks URLs that carry their own permission: whoever holds one may use one method on one path for a short
 * time.
 */
export class UrlSigner {
  readonly #key: Buffer;
  readonly #clock: Clock;

  constructor(key: Buffer, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
  }

  /** Returns `path`, which is percent-encoded, with the signature as its query. */
  sign(
    method: SignedMethod,
    path: string,
    { by = "", lifetimeMs = SIGNED_URL_MS }: SignOptions = {},
  ): string {
    const expires = String(this.#clock.nowMs() + lifetimeMs);
    const signature = this.hash(["url", method, path, expires, by]).toString("base64url");
    const query = { expires, ...(by !== "" && { by }), signature };
    return `${path}?${new URLSearchParams(query).toString()}`;
  }

  /**
   * Returns who got `target` for `method` from this signer. Throws `PERMISSION_DENIED` for any other URL, and for an expired
   * one; clients then ask for a new URL.
   */
  verify(method: SignedMethod, target: string): Holder {
    const [path = "", query = ""] = target.split("?", 2);
    const { expires = "", by = "", signature = "" } = Object.fromEntries(new URLSearchParams(query));
    const given = Buffer.from(signature, "base64url");
    const due = this.hash(["url", method, path, expires, by]);
    const valid = given.byteLength === due.byteLength && timingSafeEqual(given, due);
    if (!valid) throw new AppError("PERMISSION_DENIED", "the URL's signature is not valid");
    if (this.#clock.nowMs() < Number(expires)) return by === "" ? undefined : by;
    throw new AppError("PERMISSION_DENIED", "the URL has expired; request a new one");
  }

  /** A keyed hash of texts. */
  hash(texts: readonly string[]): Buffer {
    return createHmac("sha256", this.#key).update(JSON.stringify(texts)).digest();
  }
}

/** As long as the hash. */
const KEY_BYTES = 32;
/** Only the owner may read the key. */
const KEY_MODE = 0o600;

/** Loads the key that signs URLs; the first start creates it. Throws `INVALID_STATE` for a file of another size. */
export function loadSigningKey(file: string): Buffer {
  try {
    writeFileSync(file, randomBytes(KEY_BYTES), { mode: KEY_MODE, flag: "wx", flush: true });
  } catch {
    narrowToOwner(file); // It exists already; if it could not be created, reading it fails below.
  }
  const key = readFileSync(file);
  if (key.byteLength === KEY_BYTES) return key;
  const message = `the signing key '${file}' has ${key.byteLength} bytes instead of ${KEY_BYTES}; delete it to get a new one`;
  throw new AppError("INVALID_STATE", message);
}

/** Below it, the store's name and the artifact's path follow. */
export const SIGNED_FILES_PATH = "/api/2.0/signed/files";
/** Below it, the upload's id and a part's number follow. */
export const SIGNED_UPLOADS_PATH = "/api/2.0/signed/uploads";

/** Dependencies of the URLs for one client. The URLs begin with `origin`. */
export type UrlMaker = {
  readonly signer: UrlSigner;
  readonly origin: string;
  /** Who gets the URLs. */
  readonly by: Holder;
};

/** Makes URLs for whoever makes a request. */
export function urlMaker(
  signer: UrlSigner,
  { client, principal }: { readonly client: ClientFacts; readonly principal: Principal },
): UrlMaker {
  return { signer, origin: client.origin, by: holderOf(principal) };
}

/** A URL that reads or writes one artifact. */
export function artifactUrl(
  { signer, origin, by }: UrlMaker,
  method: SignedMethod,
  place: NamedPlace,
): string {
  const path = `${SIGNED_FILES_PATH}/${place.store}/${encodeArtifactPath(place.path)}`;
  return origin + signer.sign(method, path, { by });
}

/** A URL that takes one part of a multipart upload. */
export function uploadPartUrl(
  { signer, origin, by, lifetimeMs }: UrlMaker & { readonly lifetimeMs?: number | undefined },
  uploadId: string,
  partNumber: number,
): string {
  return origin + signer.sign("PUT", `${SIGNED_UPLOADS_PATH}/${uploadId}/${partNumber}`, { by, lifetimeMs });
}

/** A URL that aborts a multipart upload. */
export function abortUploadUrl({ signer, origin, by }: UrlMaker, uploadId: string): string {
  return origin + signer.sign("DELETE", `${SIGNED_UPLOADS_PATH}/${uploadId}`, { by });
}

/** The URI that a multipart upload is bound to. */
export function uriOf({ store, path }: NamedPlace): string {
  return `${store}:/${path}`;
}
