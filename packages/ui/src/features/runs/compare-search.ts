/** What the address of a comparison holds. */
export type CompareSearch = {
  /** Run ids, separated by commas. */
  readonly runs: string;
  /** Also what is the same in all of them. */
  readonly all?: true;
};

export function parseCompareSearch(search: Record<string, unknown>): CompareSearch {
  const runs = typeof search["runs"] === "string" ? search["runs"] : "";
  return search["all"] === true ? { runs, all: true } : { runs };
}

export function compareRunIds({ runs }: CompareSearch): readonly string[] {
  return runs.split(",").filter((id) => /^[\w-]+$/.test(id));
}
