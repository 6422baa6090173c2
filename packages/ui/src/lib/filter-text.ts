/** A text as MLflow's filter grammar quotes it: the kind of quote that the text does not hold. */
export function quoteFilterText(text: string): string {
  if (!text.includes("'")) return `'${text}'`;
  return `"${text.replaceAll('"', '\\"')}"`;
}

/** A key such as `metrics.val loss`, with back-ticks where it is more than one plain word. */
export function quoteFilterKey(group: string, key: string): string {
  return /^[A-Za-z_][\w]*$/.test(key) ? `${group}.${key}` : `${group}.\`${key.replaceAll("`", "")}\``;
}

/** An ILIKE pattern that finds the text anywhere; its own wildcards stand for themselves as far as the grammar allows. */
export function containsPattern(text: string): string {
  return quoteFilterText(`%${text}%`);
}
