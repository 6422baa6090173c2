import type { Metric } from "@flightdeck/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { TrackingStore } from "../tracking/tracking-store.ts";
import { searchNames } from "./helpers.ts";

/** Compares random operations with a simple in-memory model of runs. */
export function modelTests(tracking: () => TrackingStore): void {
  test("agrees with a model in memory", async () => {
    let experiments = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(operations, { maxLength: 30 }),
        fc.constantFrom("ASC", "DESC"),
        async (steps, direction) => {
          const experimentId = await tracking().createExperiment({
            name: `random ${Date.now()} ${experiments++}`,
          });
          const runs: ModelRun[] = [];
          for (const step of steps) await step(tracking(), experimentId, runs);
          for (const run of runs) expect(await contents(tracking(), run.runId)).toEqual(run.expected());
          const orderBy = [`metrics.a ${direction}`];
          const names = await searchNames(tracking(), {
            experimentIds: [experimentId],
            orderBy,
            maxResults: 2,
          });
          expect(names).toEqual(inMetricOrder(runs, direction).map(({ name }) => name));
          const filtered = await searchNames(tracking(), {
            experimentIds: [experimentId],
            filter: "params.a = 'x'",
          });
          expect(filtered.toSorted()).toEqual(
            runs
              .filter((run) => run.params.get("a") === "x")
              .map(({ name }) => name)
              .toSorted(),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
}

class ModelRun {
  readonly runId: string;
  readonly name: string;
  readonly start: number;
  readonly points: Metric[] = [];
  readonly params = new Map<string, string>();
  readonly tags = new Map<string, string>();

  constructor(runId: string, name: string, start: number) {
    this.runId = runId;
    this.name = name;
    this.start = start;
    this.tags.set("mlflow.runName", name);
  }

  latest(): readonly Metric[] {
    const byKey = Map.groupBy(this.points, ({ key }) => key);
    // Keeps the first of equals: NaN and 0 rank the same.
    const latest = [...byKey.values()].map((points) =>
      points.reduce((latest, point) => (byRecency(point, latest) > 0 ? point : latest)),
    );
    return latest.toSorted((a, b) => compare(a.key, b.key));
  }

  expected(): object {
    return { metrics: this.latest(), params: sorted(this.params), tags: sorted(this.tags) };
  }
}

type Operation = (tracking: TrackingStore, experimentId: string, runs: ModelRun[]) => Promise<void>;

const keys = fc.constantFrom("a", "b", "c");
const points = fc.record({
  key: keys,
  value: fc.constantFrom(0, 1, -1, Number.NaN, Infinity),
  step: fc.integer({ min: -2, max: 2 }),
  timestampMs: fc.nat(2),
});

const createRun = fc.nat(3).map((start): Operation => async (tracking, experimentId, runs) => {
  const name = `run ${runs.length}`;
  const { info } = await tracking.createRun({ experimentId, runName: name, startTimeMs: start });
  runs.push(new ModelRun(info.runId, name, start));
});

const logMetrics = fc
  .tuple(fc.nat(), fc.array(points, { maxLength: 5 }))
  .map(([index, metrics]): Operation => {
    return async (tracking, _experimentId, runs) => {
      const run = runs[index % Math.max(runs.length, 1)];
      if (run === undefined) return;
      await tracking.logBatch({ runId: run.runId, metrics });
      for (const point of metrics) run.points.push(point);
    };
  });

const setTags = fc.tuple(fc.nat(), keys, fc.string()).map(([index, key, value]): Operation => {
  return async (tracking, _experimentId, runs) => {
    const run = runs[index % Math.max(runs.length, 1)];
    if (run === undefined) return;
    await tracking.setTag(run.runId, { key, value });
    run.tags.set(key, value);
  };
});

const logParam = fc.tuple(fc.nat(), keys, fc.constantFrom("x", "y")).map(([index, key, value]): Operation => {
  return async (tracking, _experimentId, runs) => {
    const run = runs[index % Math.max(runs.length, 1)];
    if (run === undefined) return;
    const old = run.params.get(key);
    const logged = tracking.logParam(run.runId, { key, value });
    if (old !== undefined && old !== value) {
      await expect(logged).rejects.toThrow("not allowed");
      return;
    }
    await logged;
    run.params.set(key, value);
  };
});

const operations = fc.oneof(createRun, logMetrics, setTags, logParam);

async function contents(tracking: TrackingStore, runId: string): Promise<object> {
  return (await tracking.getRun(runId)).data;
}

function inMetricOrder(runs: readonly ModelRun[], direction: string): readonly ModelRun[] {
  const value = (run: ModelRun): number | undefined => run.latest().find(({ key }) => key === "a")?.value;
  const rank = (run: ModelRun): number => {
    const found = value(run);
    return found === undefined ? 2 : Number.isNaN(found) ? 1 : 0;
  };
  const sign = direction === "ASC" ? 1 : -1;
  return runs.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      (rank(a) === 0 ? sign * compare(value(a)!, value(b)!) : 0) ||
      b.start - a.start ||
      compare(a.runId, b.runId),
  );
}

function byRecency(a: Metric, b: Metric): number {
  return a.step - b.step || a.timestampMs - b.timestampMs || compare(rankOf(a.value), rankOf(b.value));
}

/** NaN ranks like 0 among points with the same step and time. */
function rankOf(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sorted(values: ReadonlyMap<string, string>): object {
  return [...values].map(([key, value]) => ({ key, value })).sort((a, b) => compare(a.key, b.key));
}
