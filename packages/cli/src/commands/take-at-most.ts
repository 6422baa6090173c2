/** The first items of a listing; all of them without a bound. */
export async function takeAtMost<T>(
  items: AsyncIterable<T>,
  countMax: number | undefined,
): Promise<readonly T[]> {
  const taken: T[] = [];
  for await (const item of items) {
    taken.push(item);
    if (taken.length === countMax) break;
  }
  return taken;
}
