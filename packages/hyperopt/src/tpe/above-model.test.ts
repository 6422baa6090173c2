import fc from "fast-check";
import { expect, test } from "vitest";
import * as hp from "../space/hp.ts";
import { drawPrior } from "../space/draw-prior.ts";
import { compileSpace } from "../space/domain.ts";
import { isDiscrete, type Prior } from "../space/prior.ts";
import { Random } from "@flightdeck/core";
import { discretePosterior, logProbability } from "./discrete-posterior.ts";
import { logDensity } from "./mixture-density.ts";
import { ObservationColumn } from "./observation-column.ts";
import { fitPosterior } from "./propose-value.ts";

const NODES = {
  uniform: hp.uniform("x", -2, 5),
  quniform: hp.quniform("x", 0, 10, 0.7),
  loguniform: hp.loguniform("x", -7, 1),
  qloguniform: hp.qloguniform("x", 0, 5, 1),
  normal: hp.normal("x", 3, 2),
  randint: hp.randint("x", -3, 4),
};

/** The log density of the others, recomputed as in hyperopt. */
function exactScorer(prior: Prior, column: ObservationColumn): (value: number) => number {
  const observations = column.aboveObservations;
  if (isDiscrete(prior)) {
    const posterior = discretePosterior(prior, observations, 1);
    return (value) => logProbability(posterior, value);
  }
  const posterior = fitPosterior(prior, observations, 1);
  const isJacobianLeftOut = prior.log && prior.q === undefined;
  return (value) => logDensity(posterior, value) + (isJacobianLeftOut ? Math.log(value) : 0);
}

test.each(Object.entries(NODES))(
  "the incremental sums of %s agree with recomputed ones, whatever rows are added and change sides",
  (_kind, node) => {
    const { prior } = compileSpace(node).parameters[0]!;
    const fitted = (value: number): number =>
      !isDiscrete(prior) && prior.log ? Math.log(Math.max(value, 1)) : value;
    const toFitted = "q" in prior && prior.q === undefined && prior.log ? Math.log : fitted;
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = new Random(seed);
        const column = new ObservationColumn(prior);
        const below: number[] = [];
        for (let row = 0; row < 330; row++) {
          if (random.nextFloat() < 0.9) column.add(row, toFitted(drawPrior(prior, random)));
          if (row > 200) column.above.scorer(1); // From here on the sums are updated incrementally.
          if (random.nextFloat() < 0.1) {
            const moved = random.nextFloat() < 0.5 ? row : random.nextInt(row + 1);
            if (!below.includes(moved)) {
              below.push(moved);
              column.move(moved, true);
            }
          }
          if (below.length > 8) column.move(below.shift()!, false);
        }
        const score = column.above.scorer(1);
        const exact = exactScorer(prior, column);
        const values = Array.from({ length: 20 }, () => drawPrior(prior, random)).filter(
          (value) => !("mu" in prior) || Math.abs(value - prior.mu) < 4 * prior.sigma,
        );
        const offset = score(values[0]!) - exact(values[0]!);
        for (const value of values) expect(score(value) - exact(value) - offset).toBeCloseTo(0, 5);
      }),
      { numRuns: 15 },
    );
  },
);
