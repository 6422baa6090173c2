/** A URI with path segments added before its query and fragment. */
export function appendToUri(uri: string, ...segments: readonly string[]): string {
  const end = uri.search(/[?#]/);
  const path = end === -1 ? uri : uri.slice(0, end);
  const rest = end === -1 ? "" : uri.slice(end);
  return `${path.endsWith("/") ? path.slice(0, -1) : path}/${segments.join("/")}${rest}`;
}
