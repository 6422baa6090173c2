import type { ClassLabel, FittedForest, Output } from "./forest.ts";
import { arrayBytes, parseHeader } from "./persist/forest-header.ts";
import { damaged, readForest } from "./persist/read-forest.ts";
import { compileForest } from "./predict/compiled-forest.ts";
import { predictReadyRows, type ReadyForest, readyForest } from "./predict/predict-rows.ts";
import { mostProbable } from "./scores.ts";

export type { ClassLabel, Output } from "./forest.ts";

/** The two files of a saved forest. */
export type ForestFiles = {
  /** The text of `forest.json`. */
  readonly header: string;
  /** The bytes of `forest.bin`. */
  readonly arrays: Uint8Array;
};

/**
 * Opens a saved forest in a browser. It is compiled to the same WebAssembly module as in Node and runs in this thread.
 * The page must be served over https or from localhost, since browsers only offer SHA-256 there. Throws
 * INVALID_PARAMETER_VALUE for damaged files.
 *
 * @example
 * ```ts
 * const [header, arrays] = await Promise.all([
 *   fetch("model/forest.json").then((answer) => answer.text()),
 *   fetch("model/forest.bin").then(async (answer) => new Uint8Array(await answer.arrayBuffer())),
 * ]);
 * const model = await openForest({ header, arrays });
 * model.predictProbaRows(Float32Array.of(1846, 12)); // one value for each of model.featureNames
 * ```
 */
export async function openForest({ header: text, arrays }: ForestFiles): Promise<ForestPredictor> {
  const header = parseHeader("forest.json", text);
  const expected = arrayBytes(header);
  if (arrays.length !== expected)
    throw damaged("forest.bin", `it must have ${expected} bytes, got ${arrays.length}`);
  return new ForestPredictor(await readForest(header, { path: "forest.bin", bytes: arrays }));
}

/** A forest that predicts rows of numbers in any JavaScript environment with WebAssembly. */
export class ForestPredictor {
  readonly #fitted: FittedForest;
  readonly #ready: ReadyForest;

  /** @internal Created by `openForest`. */
  constructor(fitted: FittedForest) {
    this.#fitted = fitted;
    // Shared memory requires an isolated page, and a single thread does not need it.
    this.#ready = readyForest(
      fitted.forest,
      compileForest(fitted.forest, { threadCountMax: 1, shared: false }),
    );
  }

  /** The names of the features, in the order of a row. */
  get featureNames(): readonly string[] {
    return this.#fitted.features.map(({ name }) => name);
  }

  /** The target columns; a classifier's outputs have classes. */
  get outputs(): readonly Output[] {
    return this.#fitted.outputs;
  }

  /**
   * Predicts the probability of each class, or the values, for each row of a row-major matrix: rows × values, with the
   * outputs one after the other. NaN is a missing value; a category is given as its index in the feature's categories.
   */
  predictProbaRows(values: Float32Array): Float32Array {
    return predictReadyRows(this.#ready, values);
  }

  /** Predicts the most probable class of the first output for each row, or the values of a regression. */
  predictRows(values: Float32Array): ClassLabel[] | Float32Array {
    const answers = this.predictProbaRows(values);
    const { classes } = this.outputs[0] ?? {};
    if (classes === undefined) return answers;
    const { leafSize } = this.#fitted.forest;
    return Array.from({ length: answers.length / leafSize }, (_, row) => {
      return classes[mostProbable(answers, row * leafSize, classes.length)] ?? false;
    });
  }
}
