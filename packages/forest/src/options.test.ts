import { expect, test } from "vitest";
import { featuresPerNode, resolveOptions } from "./options.ts";

test("defaults are scikit-learn's", () => {
  const shared = {
    nEstimators: 100,
    maxDepth: null,
    minSamplesSplit: 2,
    minSamplesLeaf: 1,
    minWeightFractionLeaf: 0,
    minImpurityDecrease: 0,
    maxLeafNodes: null,
    maxSamples: null,
    oobScore: false,
    warmStart: false,
    categoricalFeatures: null,
    classWeight: null,
    seed: 0,
    nThreads: 2,
    maxBins: 255,
  };
  const forClasses = { ...shared, criterion: "gini", maxFeatures: "sqrt" };
  const forValues = { ...shared, criterion: "squared_error", maxFeatures: 1 };
  const given = { nThreads: 2 };
  expect(resolveOptions("RandomForestClassifier", given)).toEqual({ ...forClasses, bootstrap: true });
  expect(resolveOptions("ExtraTreesClassifier", given)).toEqual({ ...forClasses, bootstrap: false });
  expect(resolveOptions("RandomForestRegressor", given)).toEqual({ ...forValues, bootstrap: true });
  expect(resolveOptions("ExtraTreesRegressor", given)).toEqual({ ...forValues, bootstrap: false });
});

test("features per node are rounded as in scikit-learn", () => {
  expect(featuresPerNode("sqrt", 13)).toBe(3);
  expect(featuresPerNode("log2", 13)).toBe(3);
  expect(featuresPerNode(0.5, 13)).toBe(6);
  expect(featuresPerNode(0.01, 13)).toBe(1);
  expect(featuresPerNode(1, 13)).toBe(13);
  expect(featuresPerNode(null, 13)).toBe(13);
  expect(featuresPerNode(4, 13)).toBe(4);
  expect(() => featuresPerNode(14, 13)).toThrow(
    "maxFeatures must be at most the number of features, 13, got 14",
  );
});

test("an invalid option is refused with its name, value and allowed values", () => {
  const wrong =
    (options: object): (() => unknown) =>
    () =>
      resolveOptions("RandomForestClassifier", options);
  expect(wrong({ nEstimators: 0 })).toThrow("nEstimators must be an integer 1..100000, got 0");
  expect(wrong({ maxDepth: 2.5 })).toThrow("maxDepth must be an integer 1..1000, got 2.5");
  expect(wrong({ maxFeatures: 1.5 })).toThrow("maxFeatures must be a fraction in (0, 1], an integer from 2,");
  expect(wrong({ maxFeatures: "all" })).toThrow('"log2" or null, got all');
  expect(wrong({ minSamplesSplit: 1 })).toThrow("minSamplesSplit must be an integer 2..");
  expect(wrong({ minSamplesLeaf: 1.5 })).toThrow("or a fraction in (0, 1), got 1.5");
  expect(wrong({ maxLeafNodes: 1 })).toThrow("maxLeafNodes must be an integer 2..");
  expect(wrong({ criterion: "mse" })).toThrow("criterion must be one of gini, entropy, log_loss, got mse");
  expect(wrong({ oobScore: true, bootstrap: false })).toThrow("oobScore must be false without bootstrap");
  expect(wrong({ maxSamples: 0.5, bootstrap: false })).toThrow("maxSamples must be null without bootstrap");
  expect(wrong({ classWeight: { late: -1 } })).toThrow('classWeight must be "balanced"');
  expect(wrong({ categoricalFeatures: "all" })).toThrow("categoricalFeatures must be a list of names");
  expect(wrong({ maxBins: 256 })).toThrow("maxBins must be an integer 2..255, got 256");
  expect(wrong({ bootstrap: "yes" })).toThrow("bootstrap must be true or false, got yes");
  expect(wrong({ n_estimators: 10 })).toThrow(
    "unknown option n_estimators; the options are nEstimators, criterion,",
  );
});
