import { describe, expect, test } from "vitest";
import {
  bestRows,
  bestValues,
  defaultColumnIds,
  metricDirection,
  mostTelling,
  summarizeColumns,
} from "./column-summary.ts";
import { exampleRow } from "./example-row.ts";

const valueColumns = (ids: readonly string[]): readonly string[] =>
  ids.filter((id) => !id.startsWith("attributes."));

describe("defaultColumnIds", () => {
  test("shows what differs, metrics first", () => {
    const rows = [
      exampleRow("a", { metrics: { accuracy: 0.7, bias: 1 }, params: { depth: "5", seed: "1" } }),
      exampleRow("b", { metrics: { accuracy: 0.8, bias: 1 }, params: { depth: "9", seed: "1" } }),
    ];
    expect(valueColumns(defaultColumnIds(summarizeColumns(rows)))).toEqual([
      "metrics.accuracy",
      "params.depth",
    ]);
  });

  test("shows what there is when nothing differs", () => {
    const rows = [exampleRow("a", { metrics: { accuracy: 0.7 }, params: { layer10: "1", layer2: "1" } })];
    expect(valueColumns(defaultColumnIds(summarizeColumns(rows)))).toEqual([
      "metrics.accuracy",
      "params.layer2",
      "params.layer10",
    ]);
  });

  test("tells numbers from texts", () => {
    const rows = [
      exampleRow("a", { params: { depth: "5", rate: "1e-3", kind: "1", empty: "" } }),
      exampleRow("b", { params: { depth: "-7.5", rate: ".5", kind: "gini" } }),
    ];
    expect([...summarizeColumns(rows).numeric].toSorted()).toEqual(["params.depth", "params.rate"]);
  });

  test("puts common and held-out metrics before per-class and training ones", () => {
    const perClass = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [`per_class/0${index}/precision`, index / 10]),
    );
    const metricsOf = (value: number) => ({
      ...perClass,
      "per_class/00/precision": value,
      train_loss: value,
      val_accuracy: value,
      loss: value,
      "system/cpu": value,
    });
    const rows = [
      exampleRow("a", { metrics: metricsOf(0.1) }),
      exampleRow("b", { metrics: { ...metricsOf(0.2), rare: 1 } }),
      exampleRow("c", { metrics: { ...metricsOf(0.3), rare: 2 } }),
    ];
    expect(mostTelling("metrics", summarizeColumns(rows))).toEqual([
      "metrics.val_accuracy",
      "metrics.loss",
      "metrics.train_loss",
      "metrics.rare",
      "metrics.per_class/00/precision",
      "metrics.system/cpu",
    ]);
  });

  test("stops before the table grows wider than a screen", () => {
    const params = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`p${index}`, "1"]));
    const ids = valueColumns(defaultColumnIds(summarizeColumns([exampleRow("a", { params })])));
    expect(ids.length).toBeLessThan(10);
  });
});

test.each(["loss", "val_loss", "valLoss", "train/rmse", "log_loss", "fit time", "mean_absolute_error"])(
  "the low end of %s is best",
  (key) => {
    expect(metricDirection(key)).toBe("min");
  },
);
test.each(["accuracy", "auc", "f1_score", "terror_score", "lossless_ratio", "R2"])(
  "the high end of %s is best",
  (key) => {
    expect(metricDirection(key)).toBe("max");
  },
);

const rows = [
  exampleRow("a", { metrics: { accuracy: 0.7, loss: 0.4, same: 1, broken: Number.NaN } }),
  exampleRow("b", { metrics: { accuracy: 0.9, loss: 0.6, same: 1, only: 3 } }),
  exampleRow("c", { metrics: { accuracy: 0.8, loss: 0.5 } }),
];

test("the best value of each metric that differs", () => {
  expect(Object.fromEntries(bestValues(rows))).toEqual({ accuracy: 0.9, loss: 0.4 });
});

test("the best runs of a metric, best first, without those that have no value", () => {
  const idsOf = (key: string): readonly string[] => bestRows(rows, key, 2).map(({ run }) => run.info.runId);
  expect(idsOf("accuracy")).toEqual(["b", "c"]);
  expect(idsOf("loss")).toEqual(["a", "c"]);
  expect(idsOf("broken")).toEqual([]);
});
