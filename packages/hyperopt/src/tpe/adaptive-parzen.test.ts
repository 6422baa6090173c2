import fc from "fast-check";
import { expect, test } from "vitest";
import { expectClose } from "../testing/expect-close.ts";
import { readGolden } from "../testing/golden.ts";
import { fitAdaptiveParzen, mergeEqualComponents, type Mixture } from "./adaptive-parzen.ts";
import { forgettingWeight } from "./observations.ts";
import { logDensity, numberPosterior } from "./mixture-density.ts";
import type { Observations } from "./observations.ts";

const golden = readGolden().adaptive_parzen_normal.map((fit) => [fit.obs.length, fit] as const);

// A mixture is a set of components. The order of two at the same place has no meaning.
test.each(golden)("fits %i observations as hyperopt does", (_count, fit) => {
  const prior = { mu: fit.prior_mu, sigma: fit.prior_sigma, weight: fit.prior_weight };
  const mixture = fitAdaptiveParzen(observe(fit.obs), prior);
  expectClose(componentsOf(mixture), componentsOf(fit));
});

test("weights sum to 1 and widths do not exceed the prior's, whatever the observations", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { maxLength: 80 }), (values) => {
      const { weights, mus, sigmas } = fitAdaptiveParzen(observe(values), { mu: 0, sigma: 6, weight: 1 });
      expect(weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 12);
      expect([...mus].sort((a, b) => a - b)).toEqual([...mus]);
      for (const sigma of sigmas) {
        expect(sigma).toBeGreaterThanOrEqual(6 / Math.min(100, 2 + values.length));
        expect(sigma).toBeLessThanOrEqual(6);
      }
    }),
  );
});

test("merging equal components keeps the density", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 80 }), (values) => {
      const prior = { family: "uniform", low: 0, high: 6, log: false, q: 1 } as const;
      const mixture = fitAdaptiveParzen(observe(values), { mu: 3, sigma: 6, weight: 1 });
      const merged = mergeEqualComponents(mixture);
      expect(merged.mus.length).toBeLessThanOrEqual(mixture.mus.length);
      const before = numberPosterior(prior, mixture);
      const after = numberPosterior(prior, merged);
      for (let x = 0; x <= 6; x++) expect(logDensity(after, x)).toBeCloseTo(logDensity(before, x), 10);
    }),
  );
});

function componentsOf(mixture: { [TKey in keyof Mixture]: ArrayLike<number> }): number[] {
  const components = Array.from(
    mixture.mus,
    (mu, i) => [mu, mixture.sigmas[i]!, mixture.weights[i]!] as const,
  );
  return components.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]).flat();
}

/** Sorts observations, given in the order in which they were made, as the history does. */
function observe(values: readonly number[]): Observations {
  const sorted = values.map((value, age) => ({ value, weight: forgettingWeight(age, values.length) }));
  sorted.sort((a, b) => a.value - b.value);
  return {
    values: Float64Array.from(sorted, ({ value }) => value),
    weights: Float64Array.from(sorted, ({ weight }) => weight),
  };
}
