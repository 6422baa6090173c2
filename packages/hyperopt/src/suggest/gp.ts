import { Random } from "@flightdeck/core";
import { type Acquisition, logExpectedImprovement, lowestMean } from "../gp/acquisition.ts";
import { bestRow } from "../gp/candidates.ts";
import { Encoding } from "../gp/encoding.ts";
import {
  condition,
  fitHyperparameters,
  type GaussianProcess,
  type Hyperparameters,
  Prediction,
} from "../gp/gaussian-process.ts";
import { warped } from "../gp/warp.ts";
import type { Assignment } from "../space/assignment.ts";
import type { Domain } from "../space/domain.ts";
import { drawPrior } from "../space/draw-prior.ts";
import { assignmentOf, isOpen, okLossOf, type Trial } from "../trials/trial.ts";
import type { Trials } from "../trials/trials.ts";
import {
  type Algorithm,
  checkIntegerOption,
  configurable,
  type ConfigurableAlgorithm,
  newTrialFor,
  perSearch,
} from "./algorithm.ts";

/** The settings of `gp.suggest.with`. */
export type GpOptions = {
  /** Spread points over the prior until this many trials have ended. Default: the number of parameters + 2, at most 10. */
  readonly nStartupJobs: number;
};

/**
 * Bayesian optimization with a Gaussian process, for searches of up to a few hundred trials: a Matérn 5/2 kernel with a length
 * scale per parameter, losses transformed to look normal, and the point with the largest expected improvement (Jones, Schonlau and
 * Welch 1998), or for one trial in three the lowest mean. All inactive parameters have the same position; categories are either
 * equal or different; rounded numbers are compared by value. Running trials count with their expected loss, failed ones with the
 * worst loss. Proposes one trial at a time, in time that grows with the cube of the number of trials.
 */
export const suggest: ConfigurableAlgorithm<Partial<GpOptions>> = configurable(createGp);

function createGp(given: Partial<GpOptions>): Algorithm {
  if (given.nStartupJobs !== undefined) checkIntegerOption("nStartupJobs", given.nStartupJobs, 1);
  return (newIds, domain, trials, seed) => {
    const [tid] = newIds;
    if (tid === undefined) return [];
    const search = searchOf({ domain, trials });
    const assignment = propose(search, { domain, trials, random: new Random(seed), given });
    return [newTrialFor(tid, assignment, { domain, trials })];
  };
}

type GpSearch = {
  readonly encoding: Encoding;
  readonly rows: WeakMap<Trial, Float64Array>;
  /** The last fit, and the trials that it was based on. */
  fitted: { readonly data: readonly Trial[]; readonly hyperparameters: Hyperparameters } | undefined;
};

const searchOf = perSearch(({ domain }): GpSearch => ({
  encoding: new Encoding(domain),
  rows: new WeakMap(),
  fitted: undefined,
}));

type Scope = {
  readonly domain: Domain;
  readonly trials: Trials;
  readonly random: Random;
  readonly given: Partial<GpOptions>;
};

function propose(search: GpSearch, { domain, trials, random, given }: Scope): Assignment {
  const { encoding } = search;
  const ordered = trials.trials.toSorted((a, b) => a.tid - b.tid);
  const ended = ordered.filter((trial) => !isOpen(trial));
  const pending = ordered.filter((trial) => isOpen(trial));
  const known = new Set(ordered.map((trial) => keyOf(rowOf(search, trial))));
  const isKnown = (row: Float64Array): boolean => known.has(keyOf(row));
  const startupCount = given.nStartupJobs ?? Math.min(domain.parameters.length + 2, 10);
  const hasLoss = ended.some((trial) => okLossOf(trial) !== undefined);
  if (ended.length < startupCount || !hasLoss) return spread(search, ordered, random);
  const { acquisition, incumbents } = acquisitionOf(search, { ended, pending });
  const row = bestRow(acquisition, { encoding, random, incumbents, isKnown });
  return row === undefined ? spread(search, ordered, random) : encoding.decode(row);
}

/** How many draws the startup phase chooses from. */
const SPREAD_COUNT = 20;

/** Draws from the prior and takes the draw that is farthest from all trials (Mitchell's best candidate). */
function spread(search: GpSearch, trials: readonly Trial[], random: Random): Assignment {
  const { encoding } = search;
  const rows = trials.map((trial) => rowOf(search, trial));
  let best: Assignment = {};
  let bestDistance = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < SPREAD_COUNT; i++) {
    const assignment = encoding.assign(({ parameter }) => drawPrior(parameter.prior, random));
    const row = encoding.encode(assignment);
    const distance = Math.min(Number.MAX_VALUE, ...rows.map((other) => distanceOf(encoding, row, other)));
    if (distance <= bestDistance) continue;
    best = assignment;
    bestDistance = distance;
  }
  return best;
}

function distanceOf({ columns }: Encoding, a: Float64Array, b: Float64Array): number {
  return columns.reduce((sum, { isCategory }, c) => {
    const gap = (a[c] ?? 0) - (b[c] ?? 0);
    return sum + (isCategory ? (gap === 0 ? 0 : 1) : gap * gap);
  }, 0);
}

type SearchState = { readonly ended: readonly Trial[]; readonly pending: readonly Trial[] };

type Guide = { readonly acquisition: Acquisition; readonly incumbents: readonly Float64Array[] };

/** How many of the best rows serve as starting points. */
const INCUMBENT_COUNT = 5;

/** One trial in this many is placed at the lowest mean. */
const EXPLOIT_EVERY = 3;

/**
 * Expected improvement, except for one trial in three, which goes where the mean is lowest. Expected improvement alone avoids the
 * surroundings of the best trials while they look certain, and ends at a higher loss.
 */
function acquisitionOf(search: GpSearch, { ended, pending }: SearchState): Guide {
  const { columns } = search.encoding;
  const rows = ended.map((trial) => rowOf(search, trial));
  const values = warped(ended.map(okLossOf));
  const hyperparameters = hyperparametersOf(search, ended);
  const process = condition(columns, { rows, values }, hyperparameters);
  const order = [...rows.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const incumbents = order.slice(0, INCUMBENT_COUNT).map((index) => rows[index] as Float64Array); // Indices of rows.
  const best = values[order[0] ?? 0] ?? 0;
  if ((ended.length + pending.length) % EXPLOIT_EVERY === 0) {
    return { acquisition: lowestMean(process), incumbents };
  }
  if (pending.length === 0) return { acquisition: logExpectedImprovement(process, best), incumbents };
  const pendingRows = pending.map((trial) => rowOf(search, trial));
  const believed = {
    rows: [...rows, ...pendingRows],
    values: Float64Array.of(...values, ...meansAt(process, pendingRows)),
  };
  const withPending = condition(columns, believed, hyperparameters);
  return { acquisition: logExpectedImprovement(withPending, best), incumbents };
}

function meansAt(process: GaussianProcess, rows: readonly Float64Array[]): number[] {
  const prediction = new Prediction(process);
  return rows.map((row) => {
    prediction.at(row, false);
    return prediction.mean;
  });
}

/** Refit when there are this many times more trials than at the last fit. */
const REFIT_GROWTH = 1.07;

/** The largest history size, up to `count`, at which hyperparameters are fitted. Sizes in between use the last fit. */
function fitSize(count: number): number {
  let size = 1;
  for (let next = 1; next <= count; next = Math.max(next + 1, Math.floor(next * REFIT_GROWTH))) size = next;
  return size;
}

/** Depends only on the history and not on earlier calls, so that a resumed search continues the same way. */
function hyperparametersOf(search: GpSearch, ended: readonly Trial[]): Hyperparameters {
  const data = ended.slice(0, fitSize(ended.length));
  const { fitted } = search;
  const isSame = fitted?.data.length === data.length && data.every((trial, i) => trial === fitted.data[i]);
  if (isSame && fitted !== undefined) return fitted.hyperparameters;
  const rows = data.map((trial) => rowOf(search, trial));
  const hyperparameters = fitHyperparameters(search.encoding.columns, rows, warped(data.map(okLossOf)));
  search.fitted = { data, hyperparameters };
  return hyperparameters;
}

function rowOf({ encoding, rows }: GpSearch, trial: Trial): Float64Array {
  const row = rows.get(trial) ?? encoding.encode(assignmentOf(trial));
  rows.set(trial, row);
  return row;
}

function keyOf(row: Float64Array): string {
  return row.join(",");
}
