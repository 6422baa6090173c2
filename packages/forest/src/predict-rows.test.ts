import { Frame } from "@flightdeck/frame";
import { expect, test } from "vitest";
import { RandomForestClassifier } from "./random-forest-classifier.ts";

const data = Array.from({ length: 300 }, (_, i) => [i % 11 === 0 ? null : i, (i * 7) % 13, i > 140]);
const frame = Frame.fromRows({ columns: ["a", "b", "label"], data });

test("predictRows gives what predict gives, missing values included", async () => {
  const model = await new RandomForestClassifier({ nEstimators: 7, nThreads: 1 }).fit(frame, "label");
  const values = Float32Array.from(
    data.flatMap(([a, b]) => [a, b].map((cell) => (cell === null ? NaN : Number(cell)))),
  );
  expect(model.predictRows(values)).toEqual(await model.predict(frame));
  expect(model.predictRows(new Float32Array(0))).toEqual([]);
});

test("predictRows refuses values that do not make whole rows", async () => {
  const model = await new RandomForestClassifier({ nEstimators: 1, nThreads: 1 }).fit(frame, "label");
  expect(() => model.predictRows(new Float32Array(3))).toThrow(
    "values must hold rows of 2 features, got 3 values",
  );
});
