/** The known word that a mistyped one most likely was, or undefined when none is near. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  if (word === "" || word.length > WORD_CHARS_MAX) return undefined;
  let nearest: string | undefined;
  let nearestDistance = Math.floor(Math.max(word.length, MIN_FORGIVEN_CHARS) / 3) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance >= nearestDistance) continue;
    nearest = candidate;
    nearestDistance = distance;
  }
  return nearest;
}

/** Known words are shorter; a longer one needs no comparing, which is quadratic. */
const WORD_CHARS_MAX = 64;
/** One wrong letter in three is forgiven, and one in a shorter word. */
const MIN_FORGIVEN_CHARS = 3;

/** Levenshtein's distance in which swapping two neighbours is one change, as typing does; row by row. */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(before, j - 2) + 1 : replaced;
      next.push(Math.min(replaced, swapped, at(row, j) + 1, at(next, j - 1) + 1));
    }
    before = row;
    row = next;
  }
  return at(row, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0;
}
