/** A place is some segments deep; what lies deeper belongs to what is above. */
const SEGMENTS_MAX = 32;

/**
 * The one spelling of a location that this server serves: scheme in lower case, no host (whichever name it goes by, it
 * is this server), single slashes, none at the end, and percent-encoded is the percent sign alone. Locations in other
 * storage are left to whoever serves that.
 */
export function normalLocation(uri: string): string {
  const colon = uri.indexOf(":");
  const scheme = uri.slice(0, colon).toLowerCase();
  if (scheme !== "mlflow-artifacts" && scheme !== "dbfs") return uri;
  const rest = uri.slice(colon + 1);
  const path = decoded(scheme === "dbfs" ? rest : withoutHost(rest));
  // Nothing is ever found at what cannot be decoded.
  return path === undefined ? uri : `${scheme}:/${normalSegments(path.split("/")).join("/")}`;
}

/**
 * The places of a path, not percent-encoded, from the first folder below the root to the path itself, as
 * `normalLocation` spells them.
 */
export function locationsAbove(root: "mlflow-artifacts:/" | "dbfs:/", path: string): string[] {
  const segments = normalSegments(path.split("/", SEGMENTS_MAX));
  return segments.map((_segment, index) => root + segments.slice(0, index + 1).join("/"));
}

/** A URI with path segments added before its query and fragment. */
export function appendToUri(uri: string, ...segments: readonly string[]): string {
  const end = uri.search(/[?#]/);
  const path = end === -1 ? uri : uri.slice(0, end);
  const rest = end === -1 ? "" : uri.slice(end);
  return `${path.endsWith("/") ? path.slice(0, -1) : path}/${segments.join("/")}${rest}`;
}

function normalSegments(segments: readonly string[]): readonly string[] {
  return segments.filter((segment) => segment !== "").map((segment) => segment.replaceAll("%", "%25"));
}

function withoutHost(rest: string): string {
  if (!rest.startsWith("//")) return rest;
  const end = rest.indexOf("/", 2);
  return end === -1 ? "" : rest.slice(end);
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
