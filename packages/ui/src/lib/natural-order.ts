const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Orders names as people do: `layer2` before `layer10`, whatever the case. */
export function compareNatural(a: string, b: string): number {
  return collator.compare(a, b);
}
