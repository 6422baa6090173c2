import { Frame, toCategory } from "@flightdeck/frame";
import { expect, test } from "vitest";
import { RandomForestClassifier } from "./classifiers.ts";
import { RandomForestRegressor } from "./regressors.ts";

const frame = (columns: readonly string[], data: readonly (readonly unknown[])[]): Frame =>
  Frame.fromRows({ columns, data });
const rows = (x: (i: number) => unknown, y: (i: number) => unknown, count = 12): Frame =>
  frame(
    ["x", "y"],
    Array.from({ length: count }, (_, i) => [x(i), y(i)]),
  );
const number = (i: number): number => i;
const pair = (i: number): number => i % 2;

test.each([
  {
    what: "a label that is NaN",
    given: rows(number, (i) => (i === 3 ? Number.NaN : pair(i))),
    says: 'label column "y" must not be missing, it is in row 3',
  },
  {
    what: "a label that is missing",
    given: rows(number, (i) => (i === 5 ? null : pair(i))),
    says: "it is in row 5",
  },
  {
    what: "a label that is no whole number",
    given: rows(number, (i) => i / 2),
    says: "must hold integers, booleans or text, got 0.5 in row 1",
  },
  { what: "one class", given: rows(number, () => 1), says: "must have at least two classes, got 1" },
  { what: "too many classes", given: rows(number, number, 300), says: "must have at most 256 classes" },
  { what: "no rows", given: rows(number, pair).slice(0, 0), says: "must have" },
  { what: "no feature", given: frame(["y"], [[0], [1]]), says: "must have a column beside the label" },
  { what: "no label", given: frame(["x"], [[0], [1]]), says: 'column "y" does not exist' },
  {
    what: "text as a number",
    given: rows((i) => `${i}`, pair),
    says: 'column "x" holds text; features must be numbers or booleans',
  },
  {
    what: "an infinite value",
    given: rows((i) => (i === 2 ? -Infinity : i), pair),
    says: 'column "x" must hold finite 32-bit floats, got -Infinity in row 2',
  },
  {
    what: "a value beyond 32-bit floats",
    given: rows((i) => (i === 4 ? 1e39 : i), pair),
    says: 'column "x" must hold finite 32-bit floats, got Infinity in row 4',
  },
])("$what is refused with a one-line error", async ({ given, says }) => {
  const fit = new RandomForestClassifier({ nEstimators: 1 }).fit(given, "y");
  const error: unknown = await fit.catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "INVALID_PARAMETER_VALUE" });
  expect(error).toHaveProperty("message", expect.stringContaining(says));
  expect(String(error)).not.toContain("\n");
});

test("options that exceed the limits of the table are refused by name", async () => {
  for (const maxBins of [1, 256, 2.5]) {
    expect(() => new RandomForestClassifier({ maxBins })).toThrow("maxBins must be");
  }
  const categories = rows((i) => `c${i}`, pair, 256);
  const model = new RandomForestClassifier({ nEstimators: 1, categoricalFeatures: ["x"] });
  await expect(model.fit(categories, "y")).rejects.toThrow('column "x" must have at most 255 categories');
});

test("a category column counts as text: refused as a number, accepted by name or by dtype", async () => {
  const text = rows(
    (i) => "abc"[i % 3],
    (i) => Number(i % 3 === 1),
    60,
  );
  const given = Frame.fromColumns([toCategory(text.column("x")), text.column("y")]);
  await expect(new RandomForestClassifier({ nEstimators: 1 }).fit(given, "y")).rejects.toThrow(
    'column "x" holds text',
  );
  for (const categoricalFeatures of ["from_dtype", ["x"]] as const) {
    const model = await new RandomForestClassifier({ nEstimators: 9, categoricalFeatures }).fit(given, "y");
    expect(await model.score(given)).toBe(1);
    expect(await model.predict(text)).toEqual(await model.predict(given));
  }
});

test("the input of predict is checked too", async () => {
  const model = await new RandomForestRegressor({ nEstimators: 2 }).fit(
    rows(number, (i) => i * 1.5),
    "y",
  );
  await expect(model.predict(frame(["z"], [[1]]))).rejects.toThrow('column "x" does not exist');
  await expect(model.predict(frame(["x"], [["a"]]))).rejects.toThrow('column "x" holds text');
  expect(await model.predict(rows(number, number).slice(0, 0))).toHaveLength(0);
  // Prediction accepts infinite values, which can be compared with thresholds; training does not.
  const ends = await model.predict(frame(["x"], [[-Infinity], [Infinity]]));
  expect(ends).toEqual(await model.predict(frame(["x"], [[0], [11]])));
});
