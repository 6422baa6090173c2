/** Artifact locations are only a few segments deep. Anything deeper belongs to a location above it. */
const SEGMENTS_MAX = 32;

/**
 * Normalizes a location that this server serves: lowercase scheme, no host (any host means this server), single slashes, no
 * trailing slash, and only percent signs percent-encoded. Locations in other storage are returned unchanged.
 */
export function normalLocation(uri: string): string {
  const colon = uri.indexOf(":");
  const scheme = uri.slice(0, colon).toLowerCase();
  if (scheme !== "mlflow-artifacts" && scheme !== "dbfs") return uri;
  const rest = uri.slice(colon + 1);
  const path = decoded(scheme === "dbfs" ? rest : withoutHost(rest));
  // No request can match a location that cannot be decoded.
  return path === undefined ? uri : `${scheme}:/${normalSegments(path.split("/")).join("/")}`;
}

/**
 * The locations of a path (not percent-encoded) and all its parents below the root, outermost first, in the form of
 * `normalLocation`.
 */
export function locationsAbove(root: "mlflow-artifacts:/" | "dbfs:/", path: string): string[] {
  const segments = normalSegments(path.split("/", SEGMENTS_MAX));
  return segments.map((_segment, index) => root + segments.slice(0, index + 1).join("/"));
}

/** Appends path segments to a URI, before its query and fragment. */
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
