import { metricDirection } from "../runs/column-summary.ts";
import type { RunRow } from "../runs/run-columns.ts";

/**
 * A trial's state. `failed` includes trials whose objective reported a failure. `pruned` trials were stopped early
 * because others did better. Both end like any other run.
 */
export type TrialState = "done" | "running" | "pruned" | "failed" | "stopped";

export const STATE_NAMES: Readonly<Record<TrialState, string>> = {
  done: "finished",
  running: "running",
  pruned: "pruned",
  failed: "failed",
  stopped: "stopped",
};

/** A child run of a search's run. */
export type Trial = {
  readonly row: RunRow;
  readonly runId: string;
  readonly name: string;
  /** Counts from 1, in the order in which they started. */
  readonly number: number;
  /** The objective's value. Undefined until it is known, and if it is not a finite number. */
  readonly value: number | undefined;
  readonly state: TrialState;
  readonly startMs: number;
  /** Undefined while it runs. */
  readonly endMs: number | undefined;
  /** Why it failed, if logged. */
  readonly error: string | undefined;
};

/** Converts runs to trials of a search for the best value of a metric, in the order in which they started. */
export function toTrials(rows: readonly RunRow[], metric: string): readonly Trial[] {
  return rows
    .toSorted((a, b) => a.run.info.startTimeMs - b.run.info.startTimeMs)
    .map((row, index) => {
      const { runId, runName, startTimeMs, endTimeMs, status } = row.run.info;
      const value = row.metrics.get(metric);
      return {
        row,
        runId,
        name: runName,
        number: index + 1,
        value: value !== undefined && Number.isFinite(value) ? value : undefined,
        state: stateOf(row),
        startMs: startTimeMs,
        endMs: status === "RUNNING" || endTimeMs === undefined || endTimeMs === 0 ? undefined : endTimeMs,
        error: row.tags.get("error"),
      };
    });
}

/** `fmin` records what each trial's objective returned in a tag, Optuna's callback its state. */
const STATE_TAGS = ["status", "state", "optuna_state", "trial_state"];

function stateOf({ run, tags }: RunRow): TrialState {
  const { status } = run.info;
  const told = STATE_TAGS.map((key) => tags.get(key)?.toLowerCase().split(".").at(-1));
  if (told.includes("pruned") || tags.get("pruned")?.toLowerCase() === "true") return "pruned";
  if (status === "FAILED" || told.includes("fail") || told.includes("failed")) return "failed";
  if (status === "KILLED") return "stopped";
  return status === "FINISHED" ? "done" : "running";
}

/** A trial that beat all earlier ones. */
export type Improvement = { readonly trial: Trial; readonly value: number };

/** The trials that improved on the best so far, in order. Ignores running, failed and pruned trials. */
export function improvements(trials: readonly Trial[], metric: string): readonly Improvement[] {
  const isLower = metricDirection(metric) === "min";
  const found: Improvement[] = [];
  for (const trial of trials) {
    const { value } = trial;
    const best = found.at(-1)?.value;
    if (value === undefined || trial.state !== "done") continue;
    if (best === undefined || (isLower ? value < best : value > best)) found.push({ trial, value });
  }
  return found;
}

/** Metrics that at least two runs logged, by which trials can be compared. None for the steps of a pipeline. */
export function searchMetrics(rows: readonly RunRow[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { metrics } of rows)
    for (const key of metrics.keys()) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].filter(([, count]) => count >= 2).map(([key]) => key);
}

/** Parameters that `fmin` logs to the run of a tracked search. */
const SEARCH_PARAMS = { space: "search.space", algorithm: "search.algorithm", seed: "search.seed" } as const;

export type SearchPlan = {
  readonly algorithm: string | undefined;
  readonly seed: string | undefined;
  readonly space: readonly SpaceEntry[];
};

export type SpaceEntry = { readonly label: string; readonly prior: string };

/** A tracked search's description of itself. Empty for other parent runs. */
export function readPlan(params: ReadonlyMap<string, string>): SearchPlan {
  return {
    algorithm: params.get(SEARCH_PARAMS.algorithm),
    seed: params.get(SEARCH_PARAMS.seed),
    space: parseSpace(params.get(SEARCH_PARAMS.space) ?? "{}"),
  };
}

/** Parses the priors by label. A long description is truncated at the server's limit and is then not valid JSON. */
function parseSpace(text: string): readonly SpaceEntry[] {
  try {
    const space: unknown = JSON.parse(text);
    if (typeof space !== "object" || space === null) return [];
    return Object.entries(space).map(([label, prior]) => ({ label, prior: describePrior(prior) }));
  } catch {
    return [];
  }
}

function describePrior(prior: unknown): string {
  if (typeof prior !== "object" || prior === null) return String(prior);
  const { family = "", log, ...rest } = prior as Readonly<Record<string, unknown>>; // Any object may be read by key.
  const facts = Object.entries(rest)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return [log === true ? `log ${String(family)}` : String(family), ...facts].join(", ");
}
