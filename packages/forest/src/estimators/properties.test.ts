import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "@flightdeck/core";
import { cellAt, type Column, Frame } from "@flightdeck/frame";
import { describe, expect, test } from "vitest";
import { permutationImportance } from "../permutation-importance.ts";
import { ExtraTreesClassifier, RandomForestClassifier } from "./classifiers.ts";
import { ExtraTreesRegressor, RandomForestRegressor } from "./regressors.ts";

/** The four estimators, each with its target column in `mixedFrame`. */
const ESTIMATORS = [
  { name: "RandomForestClassifier", Estimator: RandomForestClassifier, target: "late" },
  { name: "ExtraTreesClassifier", Estimator: ExtraTreesClassifier, target: "late" },
  { name: "RandomForestRegressor", Estimator: RandomForestRegressor, target: "delay" },
  { name: "ExtraTreesRegressor", Estimator: ExtraTreesRegressor, target: "delay" },
] as const;

/**
 * Two numeric columns, one with missing values, a text category, noise, and a class and a number that depend on the
 * first three.
 */
function mixedFrame(numRows: number, seed = 1): Frame {
  const random = new Random(seed);
  const carriers = ["AA", "DL", "UA", "WN"];
  const data = Array.from({ length: numRows }, () => {
    const distance = random.nextInt(2000);
    const hour = random.nextInt(10) === 0 ? null : random.nextInt(24);
    const carrier = random.nextInt(carriers.length);
    const delay = distance / 100 + (hour ?? 12) * [1, -1, 0.5, 0][carrier]! + random.nextNormal();
    return [distance, hour, carriers[carrier], random.nextFloat(), delay > 12 ? "late" : "on time", delay];
  });
  return Frame.fromRows({ columns: ["distance", "hour", "carrier", "noise", "late", "delay"], data });
}

/** The frame without the other target. */
function frameFor(frame: Frame, target: string): Frame {
  return frame.drop(["late", "delay"].filter((name) => name !== target));
}

const ROWS = 600;
const WITH_CATEGORIES = { categoricalFeatures: ["carrier"] };

function numbersOf(frame: Frame, name: string): Float64Array<ArrayBuffer> {
  const column = frame.column(name);
  return Float64Array.from({ length: frame.numRows }, (_, row) => Number(cellAt(column, row)));
}

function replaced(frame: Frame, column: Column): Frame {
  return Frame.fromColumns(
    frame.columnNames.map((name) => (name === column.name ? column : frame.column(name))),
  );
}

function shuffled(count: number, seed: number): Uint32Array {
  const random = new Random(seed);
  const keys = Array.from({ length: count }, () => random.nextFloat());
  return Uint32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]!);
}

describe.each(ESTIMATORS)("$name", ({ Estimator, target }) => {
  const frame = frameFor(mixedFrame(ROWS), target);

  test("learns numbers, categories and missing values", async () => {
    const model = await new Estimator({ ...WITH_CATEGORIES, nEstimators: 40 }).fit(frame, target);
    expect(await model.score(frameFor(mixedFrame(ROWS, 2), target))).toBeGreaterThan(0.85);
    expect(model.featureImportances.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(model.featureImportances[3]).toBeLessThan(0.1);
  });

  test("is the same for 1, 2 and 4 threads", async () => {
    const forests = [];
    for (const nThreads of [1, 2, 4]) {
      const model = new Estimator({ ...WITH_CATEGORIES, nEstimators: 6, nThreads });
      forests.push((await model.fit(frame, target)).fitted.forest);
    }
    expect(forests[1]).toEqual(forests[0]);
    expect(forests[2]).toEqual(forests[0]);
  });

  test("is the same after save and load, and another estimator refuses it", async () => {
    const dir = await mkdtemp(join(tmpdir(), "forest-"));
    try {
      const model = new Estimator({ ...WITH_CATEGORIES, nEstimators: 4 });
      await model.fit(frame, target);
      await model.save(dir);
      expect((await Estimator.load(dir)).fitted).toEqual(model.fitted);
      const [other] = ESTIMATORS.filter((one) => one.Estimator !== Estimator);
      await expect(other!.Estimator.load(dir)).rejects.toThrow(/must hold a \w+, got a \w+$/);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  test("a warm start gives the same forest as a single fit", async () => {
    const options = { ...WITH_CATEGORIES, seed: 3 };
    const whole = await new Estimator({ ...options, nEstimators: 9 }).fit(frame, target);
    const model = new Estimator({ ...options, nEstimators: 4, warmStart: true });
    await model.fit(frame, target);
    await model.setOptions({ nEstimators: 9 }).fit(frame, target);
    expect(model.fitted.forest).toEqual(whole.fitted.forest);
    model.featureImportances.forEach((share, i) =>
      expect(share).toBeCloseTo(whole.featureImportances[i]!, 9),
    );
    await expect(model.setOptions({ nEstimators: 8 }).fit(frame, target)).rejects.toThrow(
      "nEstimators must be at least the 9 of the former fit, got 8",
    );
    await expect(model.setOptions({ nEstimators: 10 }).fit(frame.drop(["noise"]), target)).rejects.toThrow(
      "a warm start must have the features",
    );
  });

  test("apply returns the leaves where decisionPath ends", async () => {
    const model = await new Estimator({ ...WITH_CATEGORIES, nEstimators: 3 }).fit(frame, target);
    const leaves = model.apply(frame);
    const { rowStarts, indices, treeStarts } = model.decisionPath(frame);
    expect(treeStarts).toHaveLength(4);
    for (let row = 0; row < ROWS; row++) {
      const passed = Array.from(indices.subarray(rowStarts[row], rowStarts[row + 1]));
      for (let tree = 0; tree < 3; tree++) {
        const ofTree = passed.filter((node) => node >= treeStarts[tree]! && node < treeStarts[tree + 1]!);
        expect(ofTree[0]).toBe(treeStarts[tree]);
        expect(ofTree.at(-1)! - treeStarts[tree]!).toBe(leaves[row * 3 + tree]);
      }
    }
  });

  test("renamed categories do not matter", async () => {
    const names = new Map(Object.entries({ AA: "delta", DL: "alpha", UA: "charlie", WN: "bravo" }));
    const column = frame.column("carrier");
    const values = Array.from({ length: ROWS }, (_, row) => names.get(String(cellAt(column, row))) ?? "");
    const renamed = replaced(frame, { name: "carrier", dtype: "string", values, nulls: undefined });
    const options = { ...WITH_CATEGORIES, nEstimators: 20, seed: 1 };
    const model = await new Estimator(options).fit(frame, target);
    const again = await new Estimator(options).fit(renamed, target);
    expect(Math.abs((await model.score(frame)) - (await again.score(renamed)))).toBeLessThan(0.02);
  });
});

describe("without random choices", () => {
  const frame = mixedFrame(ROWS).select(["distance", "hour", "noise", "delay"]);
  const options = { bootstrap: false, maxFeatures: null, nEstimators: 2, minSamplesLeaf: 4 };

  test("rows in another order give the same predictions", async () => {
    const other = frame.take(shuffled(ROWS, 5));
    const model = await new RandomForestRegressor(options).fit(frame, "delay");
    const again = await new RandomForestRegressor(options).fit(other, "delay");
    const [first, second] = [await model.predict(frame), await again.predict(frame)];
    first.forEach((value, row) => expect(second[row]).toBeCloseTo(value, 4));
  });

  test("columns in another order give the same predictions", async () => {
    const other = frame.select(["noise", "delay", "hour", "distance"]);
    const model = await new RandomForestRegressor(options).fit(frame, "delay");
    const again = await new RandomForestRegressor(options).fit(other, "delay");
    expect(await again.predict(frame)).toEqual(await model.predict(frame));
  });

  test("a monotone transform of a feature gives the same predictions", async () => {
    const values = numbersOf(frame, "distance").map((value) => Math.sqrt(value) - 7);
    const rooted = replaced(frame, { name: "distance", dtype: "float64", values, nulls: undefined });
    const model = await new RandomForestRegressor(options).fit(frame, "delay");
    const again = await new RandomForestRegressor(options).fit(rooted, "delay");
    expect(await again.predict(rooted)).toEqual(await model.predict(frame));
  });

  test("a row with weight three counts as three rows", async () => {
    // Fewer values than bins, so that thresholds do not depend on their frequencies.
    const tens = numbersOf(mixedFrame(ROWS), "distance").map((value) => Math.floor(value / 10));
    const columns = mixedFrame(ROWS).select(["distance", "hour", "late"]);
    const labelled = replaced(columns, {
      name: "distance",
      dtype: "float64",
      values: tens,
      nulls: undefined,
    });
    const sampleWeight = Float64Array.from({ length: ROWS }, (_, row) => 1 + (row % 3));
    const repeated = Uint32Array.from(
      Array.from(sampleWeight).flatMap((weight, row) => Array(weight).fill(row)),
    );
    const settings = { ...options, minSamplesLeaf: 1, maxDepth: 6 };
    const weighted = await new RandomForestClassifier(settings).fit(labelled, "late", { sampleWeight });
    const counted = await new RandomForestClassifier(settings).fit(labelled.take(repeated), "late");
    expect(await weighted.predictProba(labelled)).toEqual(await counted.predictProba(labelled));
  });
});

test("learns several outputs at once", async () => {
  const frame = mixedFrame(ROWS);
  const doubled = numbersOf(frame, "delay").map((delay) => -2 * delay);
  const early = { name: "early", dtype: "float64", values: doubled, nulls: undefined } as const;
  const both = Frame.fromColumns([...frame.columnNames.map((name) => frame.column(name)), early]);
  const values = await new RandomForestRegressor({ ...WITH_CATEGORIES, nEstimators: 20 }).fit(
    both.drop(["late"]),
    ["delay", "early"],
  );
  const predicted = await values.predict(both);
  for (let row = 0; row < ROWS; row++)
    expect(predicted[2 * row + 1]).toBeCloseTo(-2 * predicted[2 * row]!, 3);
  expect(await values.score(both)).toBeGreaterThan(0.9);

  const classes = new RandomForestClassifier({ nEstimators: 20 });
  await classes.fit(frame.drop(["delay", "hour"]), ["late", "carrier"]);
  expect(classes.outputs.map(({ name }) => name)).toEqual(["late", "carrier"]);
  const [late, carriers] = await classes.predictOutputs(frame);
  expect(new Set(late)).toEqual(new Set(["late", "on time"]));
  expect(new Set(carriers).size).toBeGreaterThan(2);
  await expect(classes.predict(frame)).rejects.toThrow("the forest has several outputs: call predictOutputs");
});

test("the out-of-bag score is close to the score on new rows", async () => {
  const frame = frameFor(mixedFrame(2000), "late");
  const model = new RandomForestClassifier({ ...WITH_CATEGORIES, nEstimators: 60, oobScore: true });
  await model.fit(frame, "late");
  const held = await model.score(frameFor(mixedFrame(2000, 9), "late"));
  expect(Math.abs(model.oobScore! - held)).toBeLessThan(0.03);
  const values = new RandomForestRegressor({ ...WITH_CATEGORIES, nEstimators: 60, oobScore: true });
  await values.fit(frameFor(mixedFrame(2000), "delay"), "delay");
  const heldR2 = await values.score(frameFor(mixedFrame(2000, 9), "delay"));
  expect(Math.abs(values.oobScore! - heldR2)).toBeLessThan(0.03);
});

test("permutation importance distinguishes signal from noise", async () => {
  const model = new RandomForestClassifier({ ...WITH_CATEGORIES, nEstimators: 30 });
  await model.fit(frameFor(mixedFrame(ROWS), "late"), "late");
  const held = frameFor(mixedFrame(ROWS, 4), "late");
  const { mean, std, drops } = await permutationImportance(model, held, { nRepeats: 3, seed: 1 });
  expect(mean[0]).toBeGreaterThan(0.1);
  expect(Math.abs(mean[3]!)).toBeLessThan(0.03);
  expect(drops[0]).toHaveLength(3);
  expect(std[0]).toBeLessThan(mean[0]!);
});

test("class weights shift the boundary between classes", async () => {
  const frame = frameFor(mixedFrame(ROWS), "late");
  const shareOfLate = async (options: object): Promise<number> => {
    const model = new RandomForestClassifier({
      ...WITH_CATEGORIES,
      nEstimators: 20,
      maxDepth: 3,
      ...options,
    });
    const predicted = await (await model.fit(frame, "late")).predict(frame);
    return predicted.filter((label) => label === "late").length;
  };
  const plain = await shareOfLate({});
  expect(await shareOfLate({ classWeight: { late: 20 } })).toBeGreaterThan(plain);
  expect(await shareOfLate({ classWeight: { late: 0.05 } })).toBeLessThan(plain);
  for (const classWeight of ["balanced", "balanced_subsample"])
    expect(await shareOfLate({ classWeight })).toBeGreaterThan(0);
});

test("caller errors give one clear line", async () => {
  const frame = mixedFrame(40);
  const fit = (given: Frame, target: string | string[], options: object = {}): Promise<unknown> =>
    new RandomForestClassifier({ ...WITH_CATEGORIES, nEstimators: 1 }).fit(given, target, options);
  const values = (given: Frame, options: object = {}): Promise<unknown> =>
    new RandomForestRegressor({ nEstimators: 1, ...options }).fit(given, "y");
  const rows = (data: unknown[][]): Frame => Frame.fromRows({ columns: ["x", "y"], data });
  const column = (name: string, cells: number[]): Parameters<typeof Frame.fromColumns>[0][number] => ({
    name,
    dtype: "float64",
    values: Float64Array.from(cells),
    nulls: undefined,
  });
  await expect(fit(frame.drop(["delay"]).slice(0, 0), "late")).rejects.toThrow("must have");
  await expect(fit(frame.drop(["delay"]), [])).rejects.toThrow("fit must have a target, got none");
  await expect(
    values(
      rows([
        [1, NaN],
        [2, 3],
      ]),
    ),
  ).rejects.toThrow('target column "y" must hold finite numbers');
  await expect(
    values(
      rows([
        [1, "a"],
        [2, "b"],
      ]),
    ),
  ).rejects.toThrow('target column "y" holds text');
  await expect(
    values(
      rows([
        [1, -1],
        [2, 3],
      ]),
      { criterion: "poisson" },
    ),
  ).rejects.toThrow("no value below 0");
  await expect(values(Frame.fromColumns([column("x", [1, Infinity]), column("y", [1, 2])]))).rejects.toThrow(
    'column "x" must hold finite 32-bit floats, got Infinity in row 1',
  );
  await expect(
    values(
      rows([
        ["a", 1],
        ["b", 2],
      ]),
    ),
  ).rejects.toThrow('column "x" holds text');
  await expect(
    values(
      rows([
        [1, 1],
        [2, 2],
      ]),
      WITH_CATEGORIES,
    ),
  ).rejects.toThrow('categoricalFeatures must name features, got "carrier"');
  const many = Frame.fromRows({
    columns: ["x", "y"],
    data: Array.from({ length: 256 }, (_, i) => [`c${i}`, i]),
  });
  await expect(values(many, { categoricalFeatures: "from_dtype" })).rejects.toThrow("at most 255 categories");
  const weights = (sampleWeight: number[]): Promise<unknown> =>
    fit(frame.drop(["delay"]), "late", { sampleWeight });
  await expect(weights([1])).rejects.toThrow("sampleWeight must be 40 finite numbers of at least 0, got 1");
  await expect(weights(Array(40).fill(-1))).rejects.toThrow("got -1 in row 0");
  await expect(weights(Array(40).fill(0))).rejects.toThrow("at least one row must have a weight above 0");
  const model = new RandomForestClassifier({ ...WITH_CATEGORIES, nEstimators: 1 });
  await model.fit(frame.drop(["delay"]), "late");
  const unseen = Frame.fromRows({
    columns: ["distance", "hour", "carrier", "noise"],
    data: [[1, 2, "ZZ", 0.5]],
  });
  await expect(model.predict(unseen)).rejects.toThrow(
    'column "carrier" has the category "ZZ" in row 0, which training did not see',
  );
});
