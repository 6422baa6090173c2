import { keepPreviousData, useQueries, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type Dispatch, type SetStateAction, useCallback, useEffect, useMemo, useState } from "react";
import { definedOnly, type RunsSearch } from "../../lib/addresses.ts";
import { readLocalSetting, writeLocalSetting } from "../../lib/settings.ts";
import { bestRows, bestValues, type ColumnSummary, defaultColumnIds } from "./column-summary.ts";
import { formatColumnIds, parseColumnIds, type RunRow, toRunRow } from "./run-columns.ts";
import {
  bestRunsQuery,
  firstRunsQuery,
  type RunOutline,
  runOutlineQuery,
  runsByIdQuery,
} from "./run-queries.ts";
import {
  buildRunTree,
  flatRunNodes,
  missingParentIds,
  type OutlinedRun,
  outlinedRow,
  type RunNode,
} from "./run-tree.ts";

export type Runs = {
  readonly query: UseQueryResult<RunOutline>;
  /** The matching runs in the server's order; undefined until the first answer. */
  readonly outline: RunOutline | undefined;
  /** The same runs as the table shows them. */
  readonly nodes: readonly RunNode[];
  /** The first runs with their data, which determine the available columns. */
  readonly sample: readonly RunRow[];
  /** Whether there are more runs than in the sample. */
  readonly hasMore: boolean;
  /** The outline belongs to an earlier query, because the current one is pending or the server rejected it. */
  readonly isStale: boolean;
};

const NO_ROWS: readonly RunRow[] = [];

/** The runs that an address asks for, nested or flat. Keeps the previous search's runs until the next has answered. */
export function useRuns(experimentId: string, search: RunsSearch): Runs {
  const asked = { experimentId, ...search };
  const query = useQuery({ ...runOutlineQuery(asked), placeholderData: keepPreviousData });
  const first = useQuery({ ...firstRunsQuery(asked), placeholderData: keepPreviousData });
  const last = useLast(query.data);
  const lastFirst = useLast(first.data);
  // A filter with a typo does not clear the table.
  const outline = query.data ?? (query.isError ? last : undefined);
  // Without the first runs, the rows would request again what is already on its way.
  const isReady = first.data !== undefined || first.isError;
  const firstRuns = first.data ?? (first.isError ? lastFirst : undefined);
  const sample = useMemo(() => firstRuns?.map(toRunRow) ?? NO_ROWS, [firstRuns]);
  const nodes = useRunNodes(experimentId, outline, search.layout === "flat");
  return {
    query,
    outline: isReady ? outline : undefined,
    nodes,
    sample,
    hasMore: (outline?.runs.length ?? 0) > sample.length,
    isStale: query.isPlaceholderData || (query.data === undefined && outline !== undefined),
  };
}

/** Builds the tree, including parents that did not match but have matching descendants. */
function useRunNodes(
  experimentId: string,
  outline: RunOutline | undefined,
  isFlat: boolean,
): readonly RunNode[] {
  const parentIds = useMemo(() => (isFlat ? [] : missingParentIds(outline?.runs ?? [])), [isFlat, outline]);
  const parents = useQuery({
    ...runsByIdQuery(experimentId, parentIds),
    placeholderData: keepPreviousData,
  }).data;
  return useMemo(() => {
    if (outline === undefined) return [];
    if (isFlat) return flatRunNodes(outline.runs.map(({ runId }) => runId));
    return buildRunTree(outline.runs, parents?.map(toRunRow).map(outlinedRow));
  }, [isFlat, outline, parents]);
}

/** The last defined value. */
function useLast<TValue>(value: TValue | undefined): TValue | undefined {
  const [last, setLast] = useState(value);
  useEffect(() => {
    if (value !== undefined) setLast(value);
  }, [value]);
  return last;
}

/** The best run and the runner-up, to show how far ahead it is. */
const PLACES = 2;

type BestRunsInput = {
  readonly experimentId: string;
  readonly search: RunsSearch;
  readonly runs: Runs;
  /** Metrics to find the best of. */
  readonly keys: readonly string[];
};

export type BestRuns = {
  /** The best value of each metric, except those with all values equal. */
  readonly values: ReadonlyMap<string, number>;
  /** Each metric's best run and the runner-up. */
  readonly rows: ReadonlyMap<string, readonly RunRow[]>;
};

/** The best of all matching runs. If there are more than in the sample, asks the server. */
export function useBestRuns({ experimentId, search, runs, keys }: BestRunsInput): BestRuns {
  const { sample: rows, hasMore } = runs;
  const answers = useQueries({
    queries: hasMore ? keys.map((key) => bestRunsQuery({ experimentId, ...search }, key, PLACES)) : [],
    combine: (results) => results.map(({ data }) => data),
  });
  return useMemo(() => {
    const local = bestValues(rows);
    if (!hasMore)
      return { values: local, rows: new Map(keys.map((key) => [key, bestRows(rows, key, PLACES)])) };
    const found = keys.map(
      (key, index) => [key, bestRows(answers[index]?.map(toRunRow) ?? [], key, PLACES)] as const,
    );
    const values = found.flatMap(([key, [best]]) => {
      const value = best?.metrics.get(key);
      return value !== undefined && local.has(key) ? [[key, value] as const] : [];
    });
    return { values: new Map(values), rows: new Map(found) };
  }, [rows, hasMore, keys, answers]);
}

/** Trees with up to this many rows start expanded: they fit on a few screens. */
const OPEN_ROWS_MAX = 300;

export type Expansion = {
  /** Whether each parent is expanded. */
  readonly expanded: Record<string, boolean>;
  readonly toggle: (runId: string) => void;
  /** Expands or collapses all parents. */
  readonly setAll: (open: boolean) => void;
};

type Choices = { readonly all?: boolean; readonly single: Readonly<Record<string, boolean>> };

/** Which parents are expanded. Small tables start expanded, large ones collapsed. */
export function useExpansion(nodes: readonly RunNode[]): Expansion {
  const [choices, setChoices] = useState<Choices>({ single: {} });
  const expanded = useMemo(() => {
    const usual = choices.all ?? countRows(nodes) <= OPEN_ROWS_MAX;
    const ids = parentIds(nodes);
    return Object.fromEntries(ids.map((id) => [id, choices.single[id] ?? usual]));
  }, [nodes, choices]);
  const toggle = useCallback(
    (runId: string) =>
      setChoices((before) => ({
        ...before,
        single: { ...before.single, [runId]: expanded[runId] !== true },
      })),
    [expanded],
  );
  const setAll = useCallback((open: boolean) => setChoices({ all: open, single: {} }), []);
  return { expanded, toggle, setAll };
}

function countRows(nodes: readonly RunNode[]): number {
  return nodes.reduce((sum, { children }) => sum + 1 + countRows(children), 0);
}

function parentIds(nodes: readonly RunNode[]): readonly string[] {
  return nodes
    .filter(({ children }) => children.length > 0)
    .flatMap(({ runId, children }) => [runId, ...parentIds(children)]);
}

/** The selected rows by run id. */
export type RunSelection = {
  readonly selected: Selected;
  readonly onSelect: Dispatch<SetStateAction<Selected>>;
};

type Selected = Readonly<Record<string, boolean>>;

export type RunSelectionState = {
  readonly selection: RunSelection;
  /** Selected runs that are in the table, in its order. Actions do not affect runs that a filter hides. */
  readonly selectedIds: readonly string[];
  readonly clear: () => void;
};

/** The rows that the user selected. */
export function useRunSelection(runs: readonly OutlinedRun[] | undefined): RunSelectionState {
  const [selected, onSelect] = useState<Selected>({});
  const selection = useMemo(() => ({ selected, onSelect }), [selected]);
  const selectedIds = useMemo(
    () => (runs ?? []).map(({ runId }) => runId).filter((id) => selected[id] === true),
    [runs, selected],
  );
  const clear = useCallback(() => onSelect({}), []);
  return { selection, selectedIds, clear };
}

/** Undefined removes a value from the address. */
export type RunsSearchChange = { readonly [TName in keyof RunsSearch]?: RunsSearch[TName] | undefined };

export type RunsAddress = {
  readonly search: RunsSearch;
  readonly change: (changes: RunsSearchChange) => void;
};

const route = getRouteApi("/experiments/$experimentId");

/** The table's settings in the address, and a function to change them. */
export function useRunsAddress(): RunsAddress {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    (changes: RunsSearchChange) =>
      // Stays on this screen, whose queries show errors.
      void navigate({ search: (before) => definedOnly({ ...before, ...changes }), replace: true }),
    [navigate],
  );
  return { search, change };
}

export type ColumnChoice = {
  readonly columnIds: readonly string[];
  /** False if the page chose the columns. */
  readonly isChosen: boolean;
  /** Undefined lets the page choose again. */
  readonly choose: (columnIds: readonly string[] | undefined) => void;
};

type ColumnChoiceInput = {
  readonly experimentId: string;
  /** The address's columns, which take precedence over the stored choice. */
  readonly cols: string | undefined;
  readonly summary: ColumnSummary;
  readonly onChange: (cols: string | undefined) => void;
};

/**
 * The table's columns: those in the address, or else those last chosen for this experiment, or else those that differ.
 */
export function useColumnChoice({ experimentId, cols, summary, onChange }: ColumnChoiceInput): ColumnChoice {
  const setting = `columns.${experimentId}`;
  const [remembered, setRemembered] = useState(() => readLocalSetting(setting));
  const chosen = cols ?? remembered;
  const columnIds = useMemo(
    () => (chosen === undefined ? defaultColumnIds(summary) : parseColumnIds(chosen)),
    [chosen, summary],
  );
  const choose = (ids: readonly string[] | undefined): void => {
    const text = ids && formatColumnIds(ids);
    writeLocalSetting(setting, text);
    setRemembered(text);
    onChange(text);
  };
  return { columnIds, isChosen: chosen !== undefined, choose };
}
