import type { FollowedChange } from "@flightdeck/protocol";

/**
 * The first element of every query key: the kind of data. The server's change events are matched against these, so
 * every query starts with one.
 */
export const QUERY_KEYS = {
  experiments: "experiments",
  experiment: "experiment",
  runs: "runs",
  run: "run",
  metricHistory: "metric-history",
  artifacts: "artifacts",
  artifactContent: "artifact-content",
  loggedModels: "logged-models",
  loggedModel: "logged-model",
  registeredModels: "registered-models",
  registeredModel: "registered-model",
  modelVersions: "model-versions",
  jobRuns: "job-runs",
  jobRun: "job-run",
  clusters: "clusters",
  currentUser: "current-user",
} as const;

/** A query in the cache: its key, which starts with one of `QUERY_KEYS`, and its data. */
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

/** Which data each kind of change makes stale. */
const RULES: Readonly<Record<string, Affects>> = {
  // The server announces the start and end of runs as changes of their experiment.
  experiment: anyOf(hasNoun(QUERY_KEYS.experiments), isOf(QUERY_KEYS.experiment), isOf(QUERY_KEYS.runs)),
  run: anyOf(
    isOf(QUERY_KEYS.run),
    // The points of one run, or of several with ids separated by commas.
    ({ queryKey: [noun, ids] }, id) =>
      noun === QUERY_KEYS.metricHistory && typeof ids === "string" && ids.split(",").includes(id),
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

/** Whether a change makes a query stale. An unknown kind of change makes every query stale. */
export function isAffected(query: CachedQuery, { kind, id }: FollowedChange): boolean {
  return RULES[kind]?.(query, id) ?? true;
}

/**
 * Whether a list of runs contains this one. A run that is not listed may match later because of what it logs, once it
 * has ended.
 */
function mayHoldRun(data: unknown, runId: string): boolean {
  if (Array.isArray(data)) return data.some((run) => hasRunId(run, runId));
  if (typeof data !== "object" || data === null) return false;
  if ("pages" in data) return Array.isArray(data.pages) && data.pages.some((page) => mayHoldRun(page, runId));
  if ("runs" in data) return Array.isArray(data.runs) && data.runs.some((run) => isOutlineOf(run, runId));
  return "items" in data && mayHoldRun(data.items, runId);
}

function isOutlineOf(run: unknown, runId: string): boolean {
  return typeof run === "object" && run !== null && "runId" in run && run.runId === runId;
}

function hasRunId(run: unknown, runId: string): boolean {
  if (typeof run !== "object" || run === null || !("info" in run)) return false;
  const { info } = run;
  return typeof info === "object" && info !== null && "runId" in info && info.runId === runId;
}
