import { expect, it } from "vitest";
import { bestValues } from "./best-values.ts";
import { exampleRow } from "./testing/example-row.ts";

it("finds the best of each metric that differs", () => {
  const rows = [
    exampleRow("a", { metrics: { accuracy: 0.7, loss: 0.4, same: 1, broken: Number.NaN } }),
    exampleRow("b", { metrics: { accuracy: 0.9, loss: 0.6, same: 1, only: 3 } }),
    exampleRow("c", { metrics: { accuracy: 0.8, loss: 0.5 } }),
  ];
  expect(Object.fromEntries(bestValues(rows))).toEqual({ accuracy: 0.9, loss: 0.4 });
});
