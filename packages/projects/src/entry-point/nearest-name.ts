/** More edits than a third of the name, and it is another name rather than a slip. */
const EDITS_PER_CHAR_MAX = 1 / 3;

/** The candidate that a mistyped name most likely meant; undefined when none is near. */
export function findNearestName(name: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= Math.max(1, candidate.length * EDITS_PER_CHAR_MAX))
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.candidate;
}

/** Levenshtein's distance: the fewest insertions, deletions and replacements of one character. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, charOfA] of a.split("").entries()) {
    const current = [row + 1];
    for (const [column, charOfB] of b.split("").entries()) {
      const replaced = (previous[column] ?? 0) + (charOfA === charOfB ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
