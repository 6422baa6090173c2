import { metricDirection } from "./metric-direction.ts";
import type { RunRow } from "./run-row.ts";

/**
 * The best value of each metric among the rows, NaN aside. A metric whose values are all alike has no best, and one
 * that a single run logged has nothing to be better than.
 */
export function bestValues(rows: readonly RunRow[]): ReadonlyMap<string, number> {
  const best = new Map<string, number>();
  const differing = new Set<string>();
  for (const { metrics } of rows) {
    for (const [key, value] of metrics) {
      if (Number.isNaN(value)) continue;
      const before = best.get(key);
      if (before !== undefined && before !== value) differing.add(key);
      if (before === undefined || isBetter(key, value, before)) best.set(key, value);
    }
  }
  return new Map([...best].filter(([key]) => differing.has(key)));
}

function isBetter(key: string, value: number, before: number): boolean {
  return metricDirection(key) === "min" ? value < before : value > before;
}
