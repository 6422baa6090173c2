import { describe, expect, test } from "vitest";
import { expectClose } from "../testing/expect-close.ts";
import { priorOfCase, readGolden, type GoldenCase, type GoldenMixture } from "../testing/golden.ts";
import { compileSpace } from "../space/domain.ts";
import { hpNumber } from "../space/nodes.ts";
import { isDiscrete, type DiscretePrior, type NumberPrior } from "../space/prior.ts";
import { JOB_STATE_DONE } from "../trials/states.ts";
import { STATUS_OK } from "../trials/states.ts";
import { newTrial } from "../trials/trial.ts";
import { trialsFromDocs } from "../trials/trials.ts";
import type { Trials } from "../trials/trials.ts";
import { fitAdaptiveParzen, type Mixture } from "./adaptive-parzen.ts";
import { discretePosterior, logProbability } from "./discrete-posterior.ts";
import { logDensity, numberPosterior, priorComponent } from "./mixture-density.ts";
import { ObservationHistory } from "./observation-history.ts";
import type { Observations } from "./observations.ts";
import { fitPosterior } from "./propose-value.ts";

// With more than 25 observations, equal values of a rounded parameter get different forgetting weights. In hyperopt, their order
// depends on numpy's unstable sort, so its fit of those cases can be scored but not reproduced.
const hasUnstableTies = ({ dist, above }: GoldenCase): boolean => dist.startsWith("q") && above.length > 25;

const cases = readGolden().cases.map((golden) => [golden.name, golden] as const);
const numberCases = cases.filter(([, golden]) => !isDiscrete(priorOfCase(golden)));
const discreteCases = cases.filter(([, golden]) => isDiscrete(priorOfCase(golden)));

describe.each(numberCases)("%s", (_name, golden) => {
  const prior = priorOfCase(golden) as NumberPrior; // The filter above.
  const { below, above } = splitOf(golden);

  test("splits the observations as hyperopt does", () => {
    expect(below.values.length).toBe(golden.below.length);
    expect(above.values.length).toBe(golden.above.length);
  });

  test("fits the same mixtures", () => {
    expectMixture(fitAdaptiveParzen(below, priorComponent(prior, golden.prior_weight)), golden.fit_below);
    if (hasUnstableTies(golden)) return;
    expectMixture(fitAdaptiveParzen(above, priorComponent(prior, golden.prior_weight)), golden.fit_above);
  });

  test("scores candidates with the same densities and picks the same one", () => {
    const belowPosterior = fitPosterior(prior, below, golden.prior_weight);
    const abovePosterior = hasUnstableTies(golden)
      ? numberPosterior(prior, toMixture(golden.fit_above))
      : fitPosterior(prior, above, golden.prior_weight);
    expectScores(golden, {
      below: golden.candidates.map((x) => logDensity(belowPosterior, x)),
      above: golden.candidates.map((x) => logDensity(abovePosterior, x)),
    });
  });
});

describe.each(discreteCases)("%s", (_name, golden) => {
  const prior = priorOfCase(golden) as DiscretePrior; // The filter above.
  // hyperopt's candidates of randint(low, high) are relative to low.
  const offset = prior.family === "randint" ? prior.low : 0;

  test("gives categories the same probabilities and picks the same one", () => {
    const { below, above } = splitOf(golden);
    const belowPosterior = discretePosterior(prior, below, golden.prior_weight);
    const abovePosterior = discretePosterior(prior, above, golden.prior_weight);
    const scores = {
      below: golden.candidates.map((k) => logProbability(belowPosterior, k + offset)),
      above: golden.candidates.map((k) => logProbability(abovePosterior, k + offset)),
    };
    expectScores(golden, scores);
    expectClose(scores.below.map(Math.exp), golden.fit_below.p!);
    expectClose(scores.above.map(Math.exp), golden.fit_above.p!);
  });
});

function splitOf(golden: GoldenCase): { below: Observations; above: Observations } {
  const history = new ObservationHistory(compileSpace(hpNumber("x", priorOfCase(golden))));
  history.follow(trialsOf(golden));
  const column = history.split(golden.gamma)("x");
  return { below: column.belowObservations, above: column.aboveObservations };
}

function trialsOf({ losses, obs_tids: tids, obs_vals: values }: GoldenCase): Trials {
  const docs = losses.map((loss, tid) => {
    const index = tids.indexOf(tid);
    const trial = newTrial({ tid, assignment: index < 0 ? {} : { x: values[index]! }, labels: ["x"] });
    if (loss === null) return trial;
    return { ...trial, state: JOB_STATE_DONE, result: { status: STATUS_OK, loss } } as const;
  });
  return trialsFromDocs(docs);
}

function expectMixture(mixture: Mixture, golden: GoldenMixture): void {
  expectClose(mixture.mus, golden.mus);
  expectClose(mixture.sigmas, golden.sigmas);
  expectClose(mixture.weights, golden.weights);
}

function expectScores(golden: GoldenCase, scores: { below: number[]; above: number[] }): void {
  expectClose(scores.below, golden.lpdf_below);
  expectClose(scores.above, golden.lpdf_above);
  const logEI = scores.below.map((logBelow, i) => logBelow - scores.above[i]!);
  logEI.forEach((value, i) => {
    // A difference of two rounded logarithms: the error is relative to them, not to the difference.
    const scale = Math.max(1, Math.abs(golden.lpdf_below[i]!));
    expect(Math.abs(value - golden.log_ei[i]!) / scale).toBeLessThan(1e-9);
  });
  expect(logEI.indexOf(Math.max(...logEI))).toBe(golden.argmax);
}

function toMixture({ weights, mus, sigmas }: GoldenMixture): Mixture {
  return {
    weights: Float64Array.from(weights),
    mus: Float64Array.from(mus),
    sigmas: Float64Array.from(sigmas),
  };
}
