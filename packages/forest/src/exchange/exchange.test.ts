import { isAppError } from "@flightdeck/core";
import { Frame } from "@flightdeck/frame";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { RandomForestClassifier } from "../estimators/classifiers.ts";
import { ExtraTreesRegressor, RandomForestRegressor } from "../estimators/regressors.ts";
import { ImportedForest, type PortableForest } from "./imported-forest.ts";
import { readExactLightgbmModel, readLightgbmModel } from "./read-lightgbm.ts";
import { readOnnxForest } from "./read-onnx.ts";
import { readXgboostModel } from "./read-xgboost.ts";
import { readUbjson } from "./ubjson.ts";
import { writeOnnxForest } from "./write-onnx.ts";
import { writeXgboostModel } from "./write-xgboost.ts";

/* acceptance/forest-exchange.accept.test.ts reads files written by the real libraries. */

const data = Array.from({ length: 300 }, (_, i) => [
  i % 11 === 0 ? Number.NaN : (i % 13) / 3,
  i % 7,
  i % 19,
  Number(i % 13 > i % 7),
  (i % 13) * (i % 3) - (i % 7),
]);
const table = Frame.fromRows({ columns: ["a", "b", "kind", "class", "y"], data });
const rows = Float32Array.from(data.flatMap(([a = 0, b = 0, kind = 0]) => [a, b, kind]));
const few = { nEstimators: 4, maxDepth: 5, seed: 1 };
const without = (name: string): Frame =>
  Frame.fromColumns(table.columnNames.filter((other) => other !== name).map((other) => table.column(other)));

let classifier: RandomForestClassifier;
let onnx: Uint8Array<ArrayBuffer>;
let xgboost: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  classifier = await new RandomForestClassifier(few).fit(without("y"), "class");
  onnx = writeOnnxForest(classifier.fitted);
  xgboost = writeXgboostModel(classifier.fitted);
});

const LIGHTGBM = `tree
version=v4
num_class=1
num_tree_per_iteration=1
max_feature_idx=2
objective=binary sigmoid:2
feature_names=a b kind

Tree=0
num_leaves=3
num_cat=1
split_feature=0 2
threshold=1.5000000000000002 0
decision_type=10 1
left_child=1 -1
right_child=-3 -2
leaf_value=0.5 -0.25 1
cat_boundaries=0 1
cat_threshold=20
is_linear=0
shrinkage=1


end of trees
`;

function differences(ours: ArrayLike<unknown>, read: ArrayLike<unknown>): number {
  expect(ours.length).toBe(read.length);
  return Math.max(...Array.from(ours, (value, i) => Math.abs(Number(value) - Number(read[i]))));
}

test("our own ONNX files are read with the same probabilities, labels and names", async () => {
  const read = readOnnxForest(onnx);
  expect(read.classes).toEqual([0, 1]);
  const ours = await classifier.predictProba(table);
  expect(differences(ours, read.predictProbaRows(rows))).toBeLessThan(1e-6);
  expect(read.predictRows(rows)).toEqual(await classifier.predict(table));
});

test("our own XGBoost models are read with the same values, with and without categories", async () => {
  const values = await new ExtraTreesRegressor(few).fit(without("class"), "y");
  const kinds = await new RandomForestRegressor({ ...few, categoricalFeatures: ["kind"] }).fit(
    without("class"),
    "y",
  );
  for (const model of [values, kinds]) {
    const read = readXgboostModel(writeXgboostModel(model.fitted));
    expect(read.featureNames).toEqual(["a", "b", "kind"]);
    const ours = await model.predict(table);
    const codes = model === kinds ? codesOf(model.fitted) : rows;
    expect(differences(ours, read.predictRows(codes))).toBeLessThan(1e-5);
    if (model === values) expect(await read.predict(table)).toEqual(read.predictRows(rows));
  }
});

/** The rows with the codes of the third column's categories. */
function codesOf({ features }: PortableForest): Float32Array {
  const categories = features[2]?.categories ?? [];
  return rows.map((value, i) => (i % 3 === 2 ? categories.indexOf(String(value)) : value));
}

test("links survive both formats", () => {
  const { forest, outputs } = classifier.fitted;
  const boosted = (link: "softmax" | "logistic" | "exp", base: readonly number[]): ImportedForest => {
    const isClassifier = link === "softmax";
    return new ImportedForest({
      forest: { ...forest, leafSize: isClassifier ? 2 : 1, aggregation: { base, divisor: 1, link } },
      classes: isClassifier ? outputs[0]?.classes : undefined,
    });
  };
  for (const model of [boosted("softmax", [0, 0.3]), boosted("exp", [0.1])]) {
    const again = readOnnxOrNothing(model);
    const read = readXgboostModel(new TextDecoder().decode(writeXgboostModel(model)));
    const answer = (of: ImportedForest): ArrayLike<unknown> =>
      of.classes === undefined ? of.predictRows(rows) : of.predictProbaRows(rows);
    expect(differences(answer(model), answer(read))).toBeLessThan(1e-5);
    if (again) expect(differences(answer(model), answer(again))).toBeLessThan(1e-6);
  }
  const share = boosted("logistic", [0]);
  const read = readXgboostModel(writeXgboostModel(share));
  expect(differences(share.predictRows(rows), read.predictRows(rows))).toBeLessThan(1e-6);
});

/** Exp is a separate node after the trees, which only ONNX Runtime evaluates. */
function readOnnxOrNothing(model: ImportedForest): ImportedForest | undefined {
  return model.forest.aggregation?.link === "exp" ? undefined : readOnnxForest(writeOnnxForest(model));
}

test("reads LightGBM's text: 64-bit thresholds, sides of missing values, categories as bits, the scaled sum", () => {
  const model = readLightgbmModel(LIGHTGBM);
  expect(model.featureNames).toEqual(["a", "b", "kind"]);
  const answers = model.predictProbaRows(
    Float32Array.of(1.5, 0, 2, 1.5, 0, 3, Number.NaN, 0, 4, 1.6, 0, 0, 1, 0, Number.NaN),
  );
  const second = answers.filter((_, i) => i % 2 === 1);
  const expected = [0.5, -0.25, 0.5, 1, -0.25].map((sum) => 1 / (1 + Math.exp(-2 * sum)));
  expect(differences(second, expected)).toBeLessThan(1e-6);
});

test("rows of 64-bit numbers take the same path as in LightGBM", async () => {
  // 1.5 and the next double above it are the same number in 32 bits; the threshold is that next double.
  const text = LIGHTGBM.replace("num_cat=1", "num_cat=0").replace("=10 1", "=10 2");
  const exact = readExactLightgbmModel(text);
  const above = 1.5000000000000004;
  const rows64 = [1.5000000000000002, above, Number.NaN].map((a) => [a, 0, 5]);
  const frame = Frame.fromRows({ columns: ["a", "b", "kind"], data: rows64 });
  const probabilities = await exact.ranked.predictProba(exact.ranks(frame));
  const second = probabilities.filter((_, i) => i % 2 === 1);
  const expected = [-0.25, 1, -0.25].map((sum) => 1 / (1 + Math.exp(-2 * sum)));
  expect(differences(second, expected)).toBeLessThan(1e-6);
  expect(() => readExactLightgbmModel(LIGHTGBM)).toThrow("splits by categories");
});

test("reads UBJSON from XGBoost: typed lists, text, nested objects", () => {
  const document = bytesOf(
    "{L",
    [0, 0, 0, 0, 0, 0, 0, 1],
    "a[$d#L",
    [0, 0, 0, 0, 0, 0, 0, 1, 63, 128, 0, 0],
    "L",
    [0, 0, 0, 0, 0, 0, 0, 1],
    "b[SU",
    [2],
    "hiI",
    [255, 255],
    "TZ]",
    "U",
    [1],
    "c{}}",
  );
  expect(readUbjson(document)).toEqual({ a: Float64Array.of(1), b: ["hi", -1, true, null], c: {} });
});

function bytesOf(...parts: (string | number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part, "latin1")] : part)),
  );
}

test("a UBJSON document that claims more than it contains is refused before memory is allocated", () => {
  const many = [127, 255, 255, 255];
  const hostile = ["[$d#l", "[#l", "Sl", "[$Z#l"].map((start) => bytesOf(start, many));
  hostile.push(
    bytesOf("[".repeat(100_000)),
    bytesOf("[$d"),
    bytesOf("{U", [200], "a"),
    bytesOf("[#U", [1], "T]"),
  );
  for (const document of hostile) expect(() => readUbjson(document)).toThrow("this is not a UBJSON document");
});

test("a file truncated anywhere is refused with a clear error", () => {
  const lightgbm = new TextEncoder().encode(LIGHTGBM);
  const readText = (bytes: Uint8Array): ImportedForest => readLightgbmModel(new TextDecoder().decode(bytes));
  for (const [bytes, read, end] of [
    [onnx, readOnnxForest, onnx.length - 40], // The operator versions at the end are ignored.
    [xgboost, readXgboostModel, xgboost.length],
    [lightgbm, readText, LIGHTGBM.indexOf("end of trees")],
  ] as const) {
    for (let cut = 0; cut < end; cut += Math.max(1, Math.floor(end / 200))) {
      expect(() => read(bytes.subarray(0, cut)), `${cut}`).toThrow(
        expect.objectContaining({ code: "INVALID_PARAMETER_VALUE" }),
      );
    }
  }
});

test("with any corrupted bytes, a file is refused or its forest still predicts", () => {
  const lightgbm = new TextEncoder().encode(LIGHTGBM);
  const readers: Readonly<
    Record<string, () => readonly [Uint8Array, (bytes: Uint8Array) => ImportedForest]>
  > = {
    onnx: () => [onnx, readOnnxForest],
    xgboost: () => [xgboost, readXgboostModel],
    lightgbm: () => [lightgbm, (bytes) => readLightgbmModel(new TextDecoder().decode(bytes))],
  };
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(readers)), fc.nat(), fc.nat(255), (name, place, value) => {
      const [good, read] = readers[name]!();
      const bytes = Uint8Array.from(good);
      bytes[place % bytes.length] = value;
      try {
        const model = read(bytes);
        model.predictRows(new Float32Array(model.featureNames.length));
      } catch (error) {
        expect(isAppError(error) && error.code).toMatch(
          /INVALID_PARAMETER_VALUE|NOT_IMPLEMENTED|RESOURCE_EXHAUSTED/,
        );
      }
    }),
    { numRuns: 500 },
  );
});

test("trees with loops, shared nodes or missing references are refused", () => {
  const text = new TextDecoder().decode(xgboost);
  const forged = [
    text.replace(/"left_children":\[\d+/, '"left_children":[0'),
    text.replace(/"right_children":\[\d+/, '"right_children":[1'),
    text.replace(/"right_children":\[\d+/, '"right_children":[100000'),
    text.replace(/"split_indices":\[\d+/, '"split_indices":[77'),
    text.replace(/"tree_info":\[\d+/, '"tree_info":[5'),
    text.replace('"trees":[', '"trees":[{},'),
    text.replace(/"base_score":"[^"]+"/, '"base_score":"x"'),
    "[]",
    "{}",
  ];
  for (const model of forged) expect(() => readXgboostModel(model), model.slice(0, 80)).toThrow("this ");
  expect(() => readXgboostModel("[".repeat(200_000))).toThrow("nested deeper than");
});

test("features that the formats do not support are named", () => {
  const text = new TextDecoder().decode(xgboost);
  expect(() => readXgboostModel(text.replace("reg:squarederror", "survival:aft"))).toThrow("survival:aft");
  expect(() => readXgboostModel(text.replace('"gbtree"', '"gblinear"'))).toThrow("the booster gblinear");
  expect(() => readLightgbmModel(LIGHTGBM.replace("is_linear=0", "is_linear=1"))).toThrow("linear trees");
  expect(() => readLightgbmModel(LIGHTGBM.replace("=10 1", "=6 1"))).toThrow("zero_as_missing");
  expect(() => readOnnxForest(xgboost)).toThrow();
});
