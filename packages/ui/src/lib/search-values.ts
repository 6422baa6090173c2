/** Reads one value of an address's query; anything but a non-empty text counts as absent. */
export function textValue(search: Record<string, unknown>, name: string): string | undefined {
  const value = search[name];
  // The router reads unquoted digits and booleans as JSON.
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Reads a value that must be one of a few names. */
export function choiceValue<TChoice extends string>(
  search: Record<string, unknown>,
  name: string,
  choices: readonly TChoice[],
): TChoice | undefined {
  return choices.find((choice) => choice === search[name]);
}

/** Leaves out what is undefined, so that the address names only what differs from the usual. */
export function definedOnly<TValues extends Record<string, unknown>>(values: TValues): Defined<TValues> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  // `fromEntries` forgets the names; each value that is left is of its own property's type.
  return Object.fromEntries(entries) as Defined<TValues>;
}

type Defined<TValues> = { [TName in keyof TValues]?: Exclude<TValues[TName], undefined> };
