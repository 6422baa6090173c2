import { QUERY_KEYS } from "../../lib/query-keys.ts";
import type { Change } from "./change.ts";

/** A query of the page: its key, whose first element is a noun of `QUERY_KEYS`, and the answer that it holds. */
export type CachedQuery = { readonly queryKey: readonly unknown[]; readonly data: unknown };

type Affects = (query: CachedQuery, id: string) => boolean;

const hasNoun =
  (...nouns: readonly string[]): Affects =>
  ({ queryKey: [noun] }) =>
    typeof noun === "string" && nouns.includes(noun);
const isOf =
  (noun: string, position = 1): Affects =>
  ({ queryKey }, id) =>
    queryKey[0] === noun && queryKey[position] === id;
const anyOf =
  (...rules: readonly Affects[]): Affects =>
  (query, id) =>
    rules.some((rule) => rule(query, id));

/** Which answers a change of each kind makes old. */
const RULES: Readonly<Record<string, Affects>> = {
  // Runs that begin and end are announced as changes of their experiment.
  experiment: anyOf(hasNoun(QUERY_KEYS.experiments), isOf(QUERY_KEYS.experiment), isOf(QUERY_KEYS.runs)),
  run: anyOf(
    isOf(QUERY_KEYS.run),
    isOf(QUERY_KEYS.metricHistory),
    isOf(QUERY_KEYS.artifacts, 2),
    ({ queryKey: [noun], data }, id) => noun === QUERY_KEYS.runs && mayHoldRun(data, id),
  ),
  logged_model: anyOf(
    hasNoun(QUERY_KEYS.loggedModels),
    isOf(QUERY_KEYS.loggedModel),
    isOf(QUERY_KEYS.artifacts, 2),
  ),
  registered_model: anyOf(
    hasNoun(QUERY_KEYS.registeredModels, QUERY_KEYS.modelVersions),
    isOf(QUERY_KEYS.registeredModel),
  ),
  job_run: anyOf(hasNoun(QUERY_KEYS.jobRuns), isOf(QUERY_KEYS.jobRun)),
};

/** Whether a change makes a query's answer old. An unknown kind of change makes every answer so. */
export function isAffected(query: CachedQuery, { kind, id }: Change): boolean {
  return RULES[kind]?.(query, id) ?? true;
}

/** Whether a list of runs names this one. A run that is not listed may come in by what it logged, once it has ended. */
function mayHoldRun(data: unknown, runId: string): boolean {
  if (Array.isArray(data)) return data.some((run) => hasRunId(run, runId));
  if (typeof data !== "object" || data === null) return false;
  if ("pages" in data) return Array.isArray(data.pages) && data.pages.some((page) => mayHoldRun(page, runId));
  return "items" in data && mayHoldRun(data.items, runId);
}

function hasRunId(run: unknown, runId: string): boolean {
  if (typeof run !== "object" || run === null || !("info" in run)) return false;
  const { info } = run;
  return typeof info === "object" && info !== null && "runId" in info && info.runId === runId;
}
