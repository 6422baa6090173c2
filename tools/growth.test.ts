import { describe, expect, test } from "vitest";
import { GROWTH_MAX, growthOf, type Measure } from "./growth.ts";

const run = (): void => undefined;

/** A machine on which a call takes `cost`, and occasionally much longer; its clock ticks every `tickMs`. */
function machine(cost: (chars: number) => number, { tickMs = 0.001, spikeEvery = 0 } = {}): Measure {
  let measured = 0;
  return (_, chars, calls) => {
    measured += 1;
    const spikeMs = spikeEvery > 0 && measured % spikeEvery === 0 ? SPIKE_MS : 0;
    return Math.floor((cost(chars) * calls + spikeMs) / tickMs) * tickMs;
  };
}

/** A full garbage collection or a compilation. */
const SPIKE_MS = 40;

const linear = (chars: number): number => chars / 800;
const quadratic = (chars: number): number => chars ** 2 / 1e6;
const exponential = (chars: number): number => 2 ** chars / 1e6;

describe.each([
  { tickMs: 0.001, spikeEvery: 0 },
  { tickMs: 10, spikeEvery: 0 },
  { tickMs: 4, spikeEvery: 2 },
  { tickMs: 4, spikeEvery: 5 },
])("with a tick of $tickMs ms and every $spikeEvery. measurement disturbed", (disturbance) => {
  test("linear work is never suspected", () => {
    expect(growthOf(run, machine(linear, disturbance)) ?? 0).toBeLessThan(GROWTH_MAX);
  });

  test.each([
    ["quadratic", quadratic],
    ["exponential", exponential],
  ])("%s work is found", (_, cost) => {
    expect(growthOf(run, machine(cost, disturbance))).toBeGreaterThanOrEqual(GROWTH_MAX);
  });
});

test("work that stays too fast to measure has no growth", () => {
  expect(
    growthOf(
      run,
      machine((chars) => chars / 1e6),
    ),
  ).toBeUndefined();
});
