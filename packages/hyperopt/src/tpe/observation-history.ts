import type { Domain, Parameter } from "../space/domain.ts";
import { isDiscrete, type Prior } from "../space/prior.ts";
import type { Trial } from "../trials/trial.ts";
import type { Trials } from "../trials/trials.ts";
import { LOG_ARGUMENT_MIN } from "./mixture-density.ts";
import { NO_OBSERVATIONS, type Observations } from "./observations.ts";
import { ObservationColumn } from "./observation-column.ts";
import { belowCount, lowestLosses } from "./lowest-losses.ts";
import { trialsByOrigin } from "./trials-by-origin.ts";

/**
 * What TPE has observed so far: the visible trials in the order of their tids. It follows a growing `Trials` by adding
 * what is new, and starts afresh when trials vanished or came in between.
 */
export class ObservationHistory {
  private readonly domain: Domain;
  private trials: readonly Trial[] = [];
  private columns: ReadonlyMap<string, ObservationColumn> = new Map();

  constructor(domain: Domain) {
    this.domain = domain;
  }

  /** The number of observed trials. */
  get length(): number {
    return this.trials.length;
  }

  /** Brings the history up to date with the visible trials. */
  follow(trials: Trials): void {
    const current = trialsByOrigin(trials.trials);
    const isGrown = this.trials.every((trial, row) => trial === current[row]);
    const firstNew = isGrown ? this.trials.length : 0;
    if (firstNew === 0) this.columns = emptyColumns(this.domain);
    for (const parameter of this.domain.parameters) this.addRows(parameter, current, firstNew);
    this.trials = [...current];
  }

  /** Splits by loss into the gamma·√n best trials and the others. */
  split(gamma: number): HistorySplit {
    const losses = this.trials.map(({ result }) => result.loss);
    const isBelow = new Uint8Array(losses.length);
    for (const row of lowestLosses(losses, belowCount(losses.length, gamma))) isBelow[row] = 1;
    return { of: (label) => this.columns.get(label)?.split(isBelow) ?? NOTHING };
  }

  private addRows({ label, prior }: Parameter, trials: readonly Trial[], firstNew: number): void {
    const column = this.columns.get(label);
    for (let row = firstNew; row < trials.length; row++) {
      const value = trials[row]?.misc.vals[label]?.[0];
      if (value !== undefined) column?.add(row, toFittedSpace(prior, value));
    }
  }
}

export type HistorySplit = {
  /** The observations of one label, in the space in which its prior is fitted. */
  of(label: string): { readonly below: Observations; readonly above: Observations };
};

const NOTHING = { below: NO_OBSERVATIONS, above: NO_OBSERVATIONS };

function emptyColumns(domain: Domain): ReadonlyMap<string, ObservationColumn> {
  return new Map(domain.parameters.map(({ label }) => [label, new ObservationColumn()]));
}

/** Log priors are fitted to logarithms; rounded values may be 0, which hyperopt raises to the lower bound or 1e-12. */
function toFittedSpace(prior: Prior, value: number): number {
  if (isDiscrete(prior) || !prior.log) return value;
  if (prior.q === undefined) return Math.log(value);
  const valueMin = prior.family === "uniform" ? Math.exp(prior.low) : 0;
  return Math.log(Math.max(value, valueMin, LOG_ARGUMENT_MIN));
}
