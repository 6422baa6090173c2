/**
 * A parsed answer with the fields that the parser does not know and has left out, at every depth. Where both have a value
 * the parsed one counts; a field that is null is one that is not there.
 */
export function withUnknownFields(parsed: unknown, answer: unknown): unknown {
  if (Array.isArray(parsed) && Array.isArray(answer)) {
    return parsed.map((item, index) => withUnknownFields(item, answer[index]));
  }
  if (!isObject(parsed) || !isObject(answer)) return parsed;
  const unknown = Object.entries(answer).filter(
    ([name, value]) => value !== null && !Object.hasOwn(parsed, name),
  );
  const known = Object.entries(parsed).map(([name, value]) => [
    name,
    withUnknownFields(value, Object.hasOwn(answer, name) ? answer[name] : undefined),
  ]);
  return Object.fromEntries([...known, ...unknown]);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
