import type { Random } from "@flightdeck/core";
import { lowestLosses } from "../tpe/lowest-losses.ts";
import type { Trial } from "../trials/trial.ts";

export type SeedValue = {
  readonly value: number;
  /** In how many trials the label was active. */
  readonly observationCount: number;
};

export type SeedTrialsOptions = {
  /** The mean rank of the trial to pick, 1 for the best. */
  readonly meanRank: number;
  readonly random: Random;
};

/**
 * The good trials near which one proposal is drawn. A trial that was picked for one label serves all labels that it has
 * active; the others get a trial of their own.
 */
export class SeedTrials {
  private readonly trials: readonly Trial[];
  private readonly options: SeedTrialsOptions;
  private readonly picked: Trial[] = [];

  constructor(trials: readonly Trial[], options: SeedTrialsOptions) {
    this.trials = trials;
    this.options = options;
  }

  /** The label's value in the trial picked for it; undefined when no trial has it active. */
  pick(label: string): SeedValue | undefined {
    const active = this.trials.filter((trial) => valueIn(trial, label) !== undefined);
    const trial = this.picked.find((known) => valueIn(known, label) !== undefined) ?? this.pickNew(active);
    const value = trial === undefined ? undefined : valueIn(trial, label);
    return value === undefined ? undefined : { value, observationCount: active.length };
  }

  private pickNew(active: readonly Trial[]): Trial | undefined {
    const rank = Math.min(this.drawRank(), active.length - 1);
    const losses = active.map(({ result }) => result.loss);
    const index = lowestLosses(losses, rank + 1)[rank];
    const trial = index === undefined ? undefined : active[index];
    if (trial !== undefined) this.picked.push(trial);
    return trial;
  }

  /** Ranks from 0, geometrically distributed: rank r has probability (1 − p)^r · p with p = 1 / meanRank. */
  private drawRank(): number {
    const { meanRank, random } = this.options;
    if (meanRank <= 1) return 0;
    return Math.floor(Math.log(1 - random.nextFloat()) / Math.log(1 - 1 / meanRank));
  }
}

function valueIn(trial: Trial, label: string): number | undefined {
  return trial.misc.vals[label]?.[0];
}
