import { expect, test } from "vitest";
import { exampleRow } from "../runs/example-row.ts";
import { importances, paramAxes, placeBetween, valueAt } from "./param-axes.ts";
import { improvements, readPlan, toTrials } from "./trials.ts";

test("the best so far is that of finished trials, in the order in which they began", () => {
  const rows = [
    exampleRow("a", { metrics: { loss: 0.5 } }),
    exampleRow("b", { metrics: { loss: 0.7 } }),
    exampleRow("c", { metrics: { loss: 0.1 }, status: "FAILED" }),
    exampleRow("d", { metrics: { loss: 0.3 } }),
    exampleRow("e", { metrics: { loss: Number.NaN } }),
  ];
  const steps = improvements(toTrials(rows, "loss"), "loss");
  expect(steps.map(({ trial, value }) => [trial.number, value])).toEqual([
    [1, 0.5],
    [4, 0.3],
  ]);
});

test("axes are the parameters that differ: numbers, magnitudes, choices", () => {
  const rows = [
    exampleRow("a", { params: { depth: "2", rate: "1e-4", kind: "gini", same: "1" } }),
    exampleRow("b", { params: { depth: "12", rate: "0.1", kind: "entropy", same: "1" } }),
  ];
  expect(paramAxes(toTrials(rows, "loss"))).toEqual([
    { kind: "number", key: "depth", low: 2, high: 12, isLogarithmic: false },
    { kind: "category", key: "kind", categories: ["entropy", "gini"] },
    { kind: "number", key: "rate", low: 1e-4, high: 0.1, isLogarithmic: true },
  ]);
  const extent = { low: 1e-4, high: 0.1, isLogarithmic: true };
  expect(valueAt(placeBetween(0.003, extent), extent)).toBeCloseTo(0.003, 12);
});

test("the parameter that decides is the most important one, a number or a choice", () => {
  const noise = (index: number): number => ((index * 7919) % 101) / 101;
  const rows = Array.from({ length: 200 }, (_, index) => {
    const depth = (index * 37) % 200;
    const kind = index % 3;
    return exampleRow(String(index), {
      params: { depth: String(depth), other: String(noise(index)), kind: `k${kind}` },
      metrics: {
        byDepth: (depth - 150) ** 2 + noise(index),
        byKind: (kind === 2 ? 1 : 0) + noise(index + 1) / 10,
      },
    });
  });
  const sharesBy = (metric: string) => {
    const trials = toTrials(rows, metric);
    return importances(trials, paramAxes(trials), `${metric}_loss`);
  };
  const [first] = sharesBy("byDepth");
  expect(first?.key).toBe("depth");
  expect(first?.share).toBeGreaterThan(0.8);
  expect(importances(toTrials(rows, "byKind"), paramAxes(toTrials(rows, "byKind")), "byKind")[0]?.key).toBe(
    "kind",
  );
  expect(importances(toTrials(rows.slice(0, 5), "byKind"), [], "byKind")).toEqual([]);
});

test("a tracked search tells its plan, as far as it can be read", () => {
  const space = JSON.stringify({ x: { family: "uniform", low: 0, high: 1, log: true } });
  const params = new Map([
    ["search.algorithm", "tpe"],
    ["search.space", space],
  ]);
  expect(readPlan(params)).toEqual({
    algorithm: "tpe",
    seed: undefined,
    space: [{ label: "x", prior: "log uniform, low 0, high 1" }],
  });
  expect(readPlan(new Map([["search.space", space.slice(0, 20)]])).space).toEqual([]);
});
