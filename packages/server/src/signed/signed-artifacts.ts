import { encodeArtifactPath } from "@flightdeck/artifacts";
import type { RequestContext } from "../api/handler.ts";
import type { NamedPlace } from "../artifacts/served-artifacts.ts";
import { type Holder, holderOf } from "../shares.ts";
import type { SignedMethod, UrlSigner } from "./url-signer.ts";

/** Below it, the store's name and the artifact's path follow. */
export const SIGNED_FILES_PATH = "/api/2.0/signed/files";
/** Below it, the upload's id and a part's number follow. */
export const SIGNED_UPLOADS_PATH = "/api/2.0/signed/uploads";

/** The server as one client sees it: URLs that it is given begin with `origin`. */
export type UrlMaker = {
  readonly signer: UrlSigner;
  readonly origin: string;
  /** Whom the URLs are given to. */
  readonly by: Holder;
};

/** Makes URLs for whoever makes a request. */
export function urlMaker({ workspace, client, principal }: RequestContext): UrlMaker {
  return { signer: workspace.signer, origin: client.origin, by: holderOf(principal) };
}

/** A URL that reads, or writes, one artifact. */
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
  { signer, origin, by, lifetimeMs }: UrlMaker & { readonly lifetimeMs?: number },
  uploadId: string,
  partNumber: number,
): string {
  return origin + signer.sign("PUT", `${SIGNED_UPLOADS_PATH}/${uploadId}/${partNumber}`, { by, lifetimeMs });
}

/** A URL that gives up a multipart upload. */
export function abortUploadUrl({ signer, origin, by }: UrlMaker, uploadId: string): string {
  return origin + signer.sign("DELETE", `${SIGNED_UPLOADS_PATH}/${uploadId}`, { by });
}

/** What a multipart upload is bound to. */
export function uriOf({ store, path }: NamedPlace): string {
  return `${store}:/${path}`;
}
