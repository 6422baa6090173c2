import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Random } from "@flightdeck/core";
import { Frame } from "@flightdeck/frame";
import fc from "fast-check";
import { expect, test } from "vitest";
import { prepareFit } from "../fit-forest.ts";
import { type Tree } from "../forest.ts";
import { ESTIMATOR_NAMES, type EstimatorName, resolveOptions } from "../options.ts";
import { moduleGrower } from "./module-grower.mjs";
import { growReferenceTree } from "./reference-grower.ts";

type Given = {
  readonly estimator: EstimatorName;
  readonly options: object;
  readonly numRows: number;
  readonly numFeatures: number;
  readonly numClasses: number;
  readonly numOutputs: number;
  readonly isWeighted: boolean;
  readonly narrowMax: number;
  readonly seed: number;
};

/**
 * Numeric features, a few values missing, and every third feature a category. Targets depend on the first two features.
 */
function frameOf({ numRows, numFeatures, numClasses, numOutputs, estimator, seed }: Given): Frame {
  const random = new Random(seed);
  const names = Array.from({ length: numFeatures }, (_, i) => (i % 3 === 2 ? `c${i}` : `x${i}`));
  const outputs = Array.from({ length: numOutputs }, (_, i) => `y${i}`);
  const data = Array.from({ length: numRows }, (_, number) => {
    const row = names.map((name) => {
      if (random.nextInt(12) === 0) return null;
      return name.startsWith("c") ? random.nextInt(9) : Math.round(random.nextNormal() * 20) / 8;
    });
    const signal = (row[0] ?? 2) + (row[1] ?? -1) * 2 + random.nextNormal();
    const targets = outputs.map((_, i) => {
      if (estimator.endsWith("Regressor")) return Math.abs(signal) * (i + 1);
      // The first rows ensure that there are two classes.
      return number < 2 ? number : Math.max(0, Math.min(numClasses - 1, Math.floor(signal + i)));
    });
    return [...row, ...targets];
  });
  return Frame.fromRows({ columns: [...names, ...outputs], data });
}

function growersOf(given: Given): {
  readonly fast: (seed: number) => Tree;
  readonly plain: (seed: number) => Tree;
} {
  const frame = frameOf(given);
  const targetNames = Array.from({ length: given.numOutputs }, (_, i) => `y${i}`);
  const categoricalFeatures = frame.columnNames.filter((name) => name.startsWith("c"));
  const options = resolveOptions(given.estimator, { categoricalFeatures, nThreads: 1, ...given.options });
  const random = new Random(given.seed);
  const sampleWeight = given.isWeighted
    ? Float64Array.from({ length: given.numRows }, (_, row) => (row === 0 ? 1 : random.nextInt(4) / 3))
    : undefined;
  const { grower } = prepareFit(
    { estimator: given.estimator, options, frame, targetNames },
    { sampleWeight },
  );
  const job = { ...grower.job, settings: { ...grower.job.settings, narrowMax: given.narrowMax } };
  return {
    fast: moduleGrower(grower.module!, job, grower.threads[0]!),
    plain: (seed) => growReferenceTree(job, seed),
  };
}

const options = fc.record(
  {
    maxDepth: fc.constantFrom(null, 1, 3, 6),
    maxFeatures: fc.constantFrom(null, "sqrt", 0.5, 0.3),
    minSamplesLeaf: fc.constantFrom(1, 1, 3, 0.05),
    minSamplesSplit: fc.constantFrom(2, 10),
    minWeightFractionLeaf: fc.constantFrom(0, 0.03),
    minImpurityDecrease: fc.constantFrom(0, 0.005),
    maxLeafNodes: fc.constantFrom(null, null, 5, 40),
    maxBins: fc.constantFrom(255, 16, 3),
  },
  { requiredKeys: [] },
);

const given: fc.Arbitrary<Given> = fc
  .record({
    estimator: fc.constantFrom(...ESTIMATOR_NAMES),
    options,
    entropyOrPoisson: fc.boolean(),
    balanced: fc.constantFrom(null, null, "balanced", "balanced_subsample"),
    numRows: fc.constantFrom(2, 20, 150, 600),
    numFeatures: fc.constantFrom(1, 4, 9, 17),
    numClasses: fc.constantFrom(2, 2, 3, 5),
    numOutputs: fc.constantFrom(1, 1, 1, 2),
    isWeighted: fc.boolean(),
    narrowMax: fc.constantFrom(65_536, 100, 1),
    seed: fc.nat(1000),
  })
  .map(({ entropyOrPoisson, balanced, ...rest }) => {
    const isClassifier = rest.estimator.endsWith("Classifier");
    const criterion = isClassifier ? "entropy" : "poisson";
    const classWeight = rest.numOutputs === 1 ? balanced : null;
    return {
      ...rest,
      options: {
        ...rest.options,
        ...(entropyOrPoisson ? { criterion } : {}),
        ...(isClassifier ? { classWeight } : {}),
      },
    };
  });

test("the committed module matches its source", { timeout: 120_000 }, async () => {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const compiler = fileURLToPath(new URL("../bin/asc.js", import.meta.resolve("assemblyscript")));
  const folder = await mkdtemp(join(tmpdir(), "forest-module-"));
  try {
    const built = join(folder, "built.wasm");
    const source = ["assembly/index.ts", "--config", "assembly/asconfig.json"];
    const cwd = join(here, "../..");
    await promisify(execFile)(process.execPath, [compiler, ...source, "--outFile", built], { cwd });
    expect(await readFile(built)).toEqual(await readFile(join(here, "grow-tree.wasm")));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("WebAssembly grows the reference's trees, bit for bit", () => {
  fc.assert(
    fc.property(given, (case_) => {
      const { fast, plain } = growersOf(case_);
      for (const seed of [1, 2]) expect(fast(seed)).toEqual(plain(seed));
    }),
    { numRuns: 150 },
  );
});
