/** RFC 3986, section 3.1. */
const SCHEME = /^(?<scheme>[a-z][a-z0-9+.-]*):/i;

/** The scheme of a URI in lower case; undefined for a plain path. */
export function schemeOf(value: string): string | undefined {
  return SCHEME.exec(value)?.groups?.["scheme"]?.toLowerCase();
}

/** The path that a value of type `path` names on this machine; undefined when it has to be fetched. */
export function localPathOf(value: string): string | undefined {
  const scheme = schemeOf(value);
  if (scheme === undefined) return value;
  return scheme === "file" ? value.replace(/^file:\/*/i, "/") : undefined;
}
