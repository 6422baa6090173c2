/** The logged model that a version's source names; undefined when it names something else. */
export function modelIdOf(source: string): string | undefined {
  return /^models:\/(m-[0-9a-f]{32})$/.exec(source)?.[1];
}
