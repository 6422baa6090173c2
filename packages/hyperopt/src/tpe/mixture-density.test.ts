import { expect, test } from "vitest";
import { expectClose } from "../testing/expect-close.ts";
import { readGolden } from "../testing/golden.ts";
import type { NumberPrior } from "../space/prior.ts";
import { logDensity, numberPosterior } from "./mixture-density.ts";

const golden = readGolden().mixture_lpdf.map((entry) => {
  const { fn, low, high, q } = entry;
  return [`${fn} low ${low} high ${high} q ${q}`, entry] as const;
});

test.each(golden)("%s", (_name, { fn, low, high, q, ...entry }) => {
  const shape = { log: fn === "LGMM1_lpdf", q: q ?? undefined };
  const prior: NumberPrior =
    low === null || high === null
      ? { ...shape, family: "normal", mu: 0, sigma: 1 }
      : { ...shape, family: "uniform", low, high };
  const posterior = numberPosterior(prior, {
    weights: Float64Array.from(entry.weights),
    mus: Float64Array.from(entry.mus),
    sigmas: Float64Array.from(entry.sigmas),
  });
  const scores = entry.x.map((x) => logDensity(posterior, x));
  const isFinite = entry.lpdf.map((value) => value !== null);
  expectClose(
    scores.filter((_, i) => isFinite[i]),
    entry.lpdf.filter((value) => value !== null),
  );
  for (const score of scores.filter((_, i) => !isFinite[i])) expect(score).toBe(Number.NEGATIVE_INFINITY);
});

test("a point far from every component still has a density", () => {
  const prior: NumberPrior = { family: "normal", mu: 0, sigma: 1, log: false, q: undefined };
  const mixture = {
    weights: Float64Array.of(1),
    mus: Float64Array.of(0),
    sigmas: Float64Array.of(1),
  };
  expect(logDensity(numberPosterior(prior, mixture), 20)).toBeCloseTo(-200 - 0.5 * Math.log(2 * Math.PI), 10);
});
