import { Random } from "@flightdeck/core";
import { expect, test } from "vitest";
import { FeatureSampler } from "./feature-sampler.ts";

test("draws different features, each about as often as the others", () => {
  const sampler = new FeatureSampler(11, 6, new Random(1));
  const drawn = new Float64Array(11);
  for (let i = 0; i < 10_000; i++) {
    sampler.restart();
    const features = sampler.draw(sampler.perNode);
    expect(new Set(features).size).toBe(6);
    for (const feature of features) drawn[feature]!++;
  }
  // A count's standard deviation is 50.
  for (const count of drawn) expect(Math.abs(count - (10_000 * 6) / 11)).toBeLessThan(250);
});

test("further features are those that were not drawn, until there are none", () => {
  const sampler = new FeatureSampler(4, 2, new Random(1));
  const drawn = [...sampler.draw(2), ...sampler.draw(1), ...sampler.draw(5)];
  expect(drawn).toHaveLength(4);
  expect(new Set(drawn)).toEqual(new Set([0, 1, 2, 3]));
  expect(sampler.draw(1)).toHaveLength(0);
  sampler.restart();
  expect(sampler.draw(4)).toHaveLength(4);
});

test("a node never gets more features than there are", () => {
  expect(new FeatureSampler(3, 6, new Random(1)).perNode).toBe(3);
});
