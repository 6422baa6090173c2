import { ARTIFACT_PROXY_PATH } from "@flightdeck/protocol";
import { decodeArtifactPath } from "../paths/check-artifact-path.ts";
import { trackingServerUrl } from "./tracking-server-url.ts";
import { invalidUri, parseArtifactUri } from "../uri/parse-artifact-uri.ts";

const PROXY_PATH = `/api/2.0${ARTIFACT_PROXY_PATH}`;

export type ProxyLocation = {
  /** The URL that lists; artifacts are below. Without a slash at its end. */
  readonly proxyUrl: string;
  /** Where below the proxy the artifact root is. */
  readonly rootPath: string;
  /** Whether the proxy belongs to the tracking server, which alone may see its credentials. */
  readonly isTrackingServer: boolean;
};

/** Where the proxy is that an artifact root's URI means. */
export function proxyLocation(rootUri: string, trackingUri: string): ProxyLocation {
  const tracking = trackingServerUrl(trackingUri);
  const uri = parseArtifactUri(rootUri);
  if (uri.kind === "http") return fromUrl(new URL(uri.url), tracking.origin);
  if (uri.kind !== "mlflow-artifacts")
    throw invalidUri(rootUri, "it is not behind a tracking server's proxy");
  const base = new URL(tracking);
  if (uri.host !== undefined) base.host = uri.host;
  return {
    proxyUrl: base.href.replace(/(?<!\/)\/+$/, "") + PROXY_PATH,
    rootPath: uri.path,
    isTrackingServer: base.origin === tracking.origin,
  };
}

function fromUrl(url: URL, trackingOrigin: string): ProxyLocation {
  const at = url.pathname.indexOf(PROXY_PATH);
  if (at < 0) throw invalidUri(url.href, `it has no ${PROXY_PATH} in it`);
  const behind = url.pathname.slice(at + PROXY_PATH.length);
  return {
    proxyUrl: url.origin + url.pathname.slice(0, at) + PROXY_PATH,
    rootPath: decodeArtifactPath(behind.replace(/^\/+/, "")),
    isTrackingServer: url.origin === trackingOrigin,
  };
}
