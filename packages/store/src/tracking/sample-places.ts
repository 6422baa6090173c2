type Sample = { readonly count: number; readonly maxResults: number };

/**
 * Which of `count` points to take, counted from 0. As MLflow takes them: the first of each of `maxResults` groups whose
 * sizes differ by one at most, the larger ones first; but the last point of all in place of the last group's first.
 */
export function samplePlaces({ count, maxResults }: Sample): readonly number[] {
  if (count <= maxResults) return Array.from({ length: count }, (_, place) => place);
  const size = Math.floor(count / maxResults);
  const larger = count % maxResults;
  const starts = Array.from({ length: maxResults }, (_, group) => group * size + Math.min(group, larger));
  return [...starts.slice(0, -1), count - 1];
}
