import { Random } from "@flightdeck/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawPrior } from "./draw-prior.ts";
import * as hp from "./hp.ts";

const DRAWS = 4000;

function draw(node: { readonly prior: Parameters<typeof drawPrior>[0] }, count = DRAWS): number[] {
  const random = new Random(5);
  return Array.from({ length: count }, () => drawPrior(node.prior, random));
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const share = (values: readonly number[], wanted: number): number =>
  values.filter((value) => value === wanted).length / values.length;

describe("draws", () => {
  test("uniform stays within its bounds and is centered", () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 49 }), fc.integer({ min: 1, max: 100 }), (low, width) => {
        const values = draw(hp.uniform("x", low, low + width), 500);
        expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
        expect(Math.max(...values)).toBeLessThan(low + width);
        expect(Math.abs(mean(values) - (low + width / 2))).toBeLessThan(width / 10);
      }),
      { numRuns: 30 },
    );
  });

  test("quniform draws multiples, half as often at the ends, and may exceed the upper bound", () => {
    const values = draw(hp.quniform("x", 0, 4, 1));
    expect(new Set(values)).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(share(values, 0)).toBeCloseTo(1 / 8, 1);
    expect(share(values, 2)).toBeCloseTo(1 / 4, 1);
    expect(Math.max(...draw(hp.quniform("x", 0, 1, 0.6)))).toBeCloseTo(1.2, 12);
  });

  test("uniformint draws integers within both bounds", () => {
    expect(new Set(draw(hp.uniformint("x", 2, 5)))).toEqual(new Set([2, 3, 4, 5]));
  });

  test("a rounded draw is never −0", () => {
    for (const value of draw(hp.quniform("x", -1, 1, 1))) expect(Object.is(value, -0)).toBe(false);
  });

  test("loguniform is uniform in the logarithm", () => {
    const values = draw(hp.loguniform("x", Math.log(1e-4), 0));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(1e-4);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(values.filter((value) => value < 1e-2).length / DRAWS).toBeCloseTo(0.5, 1);
  });

  test("qloguniform may be 0", () => {
    expect(draw(hp.qloguniform("x", 0, 5, 5))).toContain(0);
  });

  test("normal and lognormal have their mean and median", () => {
    expect(mean(draw(hp.normal("x", 3, 2)))).toBeCloseTo(3, 0);
    const above = draw(hp.lognormal("x", 1, 2)).filter((value) => value > Math.E).length / DRAWS;
    expect(above).toBeCloseTo(0.5, 1);
    for (const value of draw(hp.qnormal("x", 0, 3, 0.5))) expect(value * 2).toBe(Math.round(value * 2));
    for (const value of draw(hp.qlognormal("x", 1, 1, 2))) expect(value % 2).toBe(0);
  });

  test("randint excludes its upper bound, with one bound and with two", () => {
    expect(new Set(draw(hp.randint("x", 3)))).toEqual(new Set([0, 1, 2]));
    expect(new Set(draw(hp.randint("x", -1, 2)))).toEqual(new Set([-1, 0, 1]));
  });

  test("pchoice follows its probabilities", () => {
    const node = hp.pchoice("x", [
      [0.1, "a"],
      [0.9, "b"],
    ]);
    expect(share(draw(node), 0)).toBeCloseTo(0.1, 1);
    expect(share(draw(hp.choice("x", ["a", "b", "c", "d"])), 3)).toBeCloseTo(0.25, 1);
  });
});

describe("refuses", () => {
  const wrong: readonly (readonly [message: string, make: () => unknown])[] = [
    ["low must be less than high, got low 0, high -1", () => hp.uniform("x", 0, -1)],
    ["low must be less than high, got low 1, high 1", () => hp.quniform("x", 1, 1, 1)],
    ["high must be a finite number, got null", () => hp.uniform("x", 0, Infinity)],
    ["low and high are natural logarithms", () => hp.loguniform("x", 1, 1000)],
    ["bounds must be integers, got 1.5", () => hp.randint("x", 1.5)],
    ["bounds must be integers, got 0.5", () => hp.uniformint("x", 0.5, 3)],
    ["low must be less than high, got low 0, high 0", () => hp.randint("x", 0)],
    ["q must be greater than 0, got 0", () => hp.quniform("x", 0, 1, 0)],
    ["sigma must be greater than 0, got -1", () => hp.normal("x", 0, -1)],
    ["at least one option", () => hp.choice("x", [])],
    ["probabilities must sum to 1, got 0.5", () => hp.pchoice("x", [[0.5, "a"]])],
    ["each probability must be 0..1, got -1", () => hp.pchoice("x", [[-1, "a"]])],
    ["label must be a non-empty name", () => hp.uniform("", 0, 1)],
  ];

  test.each(wrong)("%s", (message, make) => {
    expect(make).toThrow(expect.objectContaining({ code: "INVALID_PARAMETER_VALUE" }));
    expect(make).toThrow(message);
  });
});
