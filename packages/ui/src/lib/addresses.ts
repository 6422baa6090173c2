import type { ViewType } from "@flightdeck/protocol";

/** The query of the experiment list's address. */
export type ExperimentsSearch = {
  /** Part of the names to find. */
  readonly q?: string;
  readonly view?: "DELETED_ONLY";
};

export function parseExperimentsSearch(search: Record<string, unknown>): ExperimentsSearch {
  return definedOnly({
    q: textValue(search, "q"),
    view: choiceValue(search, "view", ["DELETED_ONLY"] as const),
  });
}

/** The view type that a list's address asks for. */
export function viewTypeOf({ view }: ExperimentsSearch | RunsSearch): ViewType {
  return view ?? "ACTIVE_ONLY";
}

/** The query of a runs table's address; a link to it shows the same table. */
export type RunsSearch = {
  /** MLflow's filter grammar. */
  readonly filter?: string;
  /** A column's id. */
  readonly sort?: string;
  readonly dir?: "asc";
  readonly view?: "DELETED_ONLY";
  /** Shows children next to their parents. */
  readonly layout?: "flat";
  /** The metric by which the best run is chosen. */
  readonly best?: string;
  /** Ids of the chosen columns, separated by commas, each percent-encoded. */
  readonly cols?: string;
};

export function parseRunsSearch(search: Record<string, unknown>): RunsSearch {
  return definedOnly({
    filter: textValue(search, "filter"),
    sort: textValue(search, "sort"),
    dir: choiceValue(search, "dir", ["asc"] as const),
    view: choiceValue(search, "view", ["DELETED_ONLY"] as const),
    layout: choiceValue(search, "layout", ["flat"] as const),
    best: textValue(search, "best"),
    cols: textValue(search, "cols"),
  });
}

/** The query of a comparison's address. */
export type CompareSearch = {
  /** Run ids, separated by commas. */
  readonly runs: string;
  /** Also shows what is the same in all of them. */
  readonly all?: true;
  readonly tab?: "curves";
  /** What is drawn as one line. */
  readonly by?: string;
};

export function parseCompareSearch(search: Record<string, unknown>): CompareSearch {
  const runs = typeof search["runs"] === "string" ? search["runs"] : "";
  const rest = definedOnly({
    tab: choiceValue(search, "tab", ["curves"] as const),
    by: textValue(search, "by"),
  });
  return search["all"] === true ? { runs, all: true, ...rest } : { runs, ...rest };
}

export function compareRunIds({ runs }: CompareSearch): readonly string[] {
  return runs.split(",").filter((id) => /^[\w-]+$/.test(id));
}

export const RUN_TABS = ["search", "overview", "charts", "artifacts"] as const;
export type RunTab = (typeof RUN_TABS)[number];

/** The query of a run's address. */
export type RunSearch = {
  readonly tab?: RunTab;
  /** The selected artifact, as named by the artifact tree. */
  readonly path?: string;
};

export function parseRunSearch(search: Record<string, unknown>): RunSearch {
  return definedOnly({ tab: choiceValue(search, "tab", RUN_TABS), path: textValue(search, "path") });
}

/** The query of the registry's address. */
export type ModelsSearch = {
  /** Part of the names to find. */
  readonly q?: string;
};

export function parseModelsSearch(search: Record<string, unknown>): ModelsSearch {
  return definedOnly({ q: textValue(search, "q") });
}

export type JobsTab = "runs" | "clusters";
export type JobRunsShown = "active" | "completed";

/** The query of the jobs' address. */
export type JobsSearch = { readonly tab?: "clusters"; readonly show?: JobRunsShown };

export function parseJobsSearch(search: Record<string, unknown>): JobsSearch {
  return definedOnly({
    tab: choiceValue(search, "tab", ["clusters"] as const),
    show: choiceValue(search, "show", ["active", "completed"] as const),
  });
}

/** Reads a value from an address's query. Anything but a non-empty text counts as absent. */
function textValue(search: Record<string, unknown>, name: string): string | undefined {
  const value = search[name];
  // The router parses unquoted digits and booleans as JSON.
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Reads a value that must be one of a few names. */
function choiceValue<TChoice extends string>(
  search: Record<string, unknown>,
  name: string,
  choices: readonly TChoice[],
): TChoice | undefined {
  return choices.find((choice) => choice === search[name]);
}

/** Drops undefined values, so that the address contains only what differs from the defaults. */
export function definedOnly<TValues extends Record<string, unknown>>(values: TValues): Defined<TValues> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  // `fromEntries` loses the names; each remaining value has its property's type.
  return Object.fromEntries(entries) as Defined<TValues>;
}

type Defined<TValues> = { [TName in keyof TValues]?: Exclude<TValues[TName], undefined> };
