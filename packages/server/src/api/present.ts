/** The fields that have a value: an optional field of the domain is left out, never undefined. */
export function present<T extends Readonly<Record<string, unknown>>>(fields: T): Present<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Present<T>; // The same fields, without those that are undefined.
}

type Present<T> = { readonly [TKey in keyof T]?: Exclude<T[TKey], undefined> };
