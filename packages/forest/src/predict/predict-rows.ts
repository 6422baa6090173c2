import { invalid } from "@flightdeck/core";
import type { Link, WalkForest } from "../forest.ts";
import { walkTrees } from "../kernels/walk-trees.ts";
import { BLOCK_ROWS, ForestRunner, type CompiledForest } from "./compiled-forest.ts";

/**
 * A forest that is ready to predict. `runner` is its compiled form in this thread; without it, the plain kernels are
 * used, whose predictions are the same bit for bit.
 */
export type ReadyForest = {
  readonly forest: WalkForest;
  readonly compiled: CompiledForest | undefined;
  readonly runner: ForestRunner | undefined;
};

export function readyForest(forest: WalkForest, compiled: CompiledForest | undefined): ReadyForest {
  return { forest, compiled, runner: compiled && new ForestRunner(compiled) };
}

/**
 * Predicts the rows of a row-major matrix synchronously: rows × leafSize values. Throws INVALID_PARAMETER_VALUE unless the
 * matrix has a value for each feature in each row.
 */
export function predictReadyRows({ forest, runner }: ReadyForest, values: Float32Array): Float32Array {
  const { numFeatures, leafSize } = forest;
  checkRows(values, numFeatures);
  const numRows = values.length / numFeatures;
  const out = new Float32Array(numRows * leafSize);
  for (let start = 0; start < numRows; start += BLOCK_ROWS) {
    const end = Math.min(start + BLOCK_ROWS, numRows);
    const block = numRows <= BLOCK_ROWS ? values : values.subarray(start * numFeatures, end * numFeatures);
    out.set(runner ? runner.predictDirect(block) : walkBlock(forest, block), start * leafSize);
  }
  return applyLink(out, forest);
}

function checkRows(values: Float32Array, numFeatures: number): void {
  if (values.length % numFeatures === 0) return;
  throw invalid(`values must hold rows of ${numFeatures} features, got ${values.length} values`);
}

/** The divided sums of a row-major block, by the plain kernels. */
function walkBlock(forest: WalkForest, values: Float32Array): Float32Array {
  const { leafSize, aggregation } = forest;
  const numRows = values.length / forest.numFeatures;
  const base = aggregation?.base ?? [];
  const divisor = aggregation?.divisor ?? forest.roots.length;
  const sums = Float64Array.from({ length: numRows * leafSize }, (_, i) => base[i % leafSize] ?? 0);
  walkTrees(forest, { values, numRows, hasMissing: values.some((value) => Number.isNaN(value)) }, sums);
  return Float32Array.from(sums, (sum) => sum / divisor);
}

const LINK_OF: Readonly<Record<Link, (answers: Float32Array, leafSize: number) => void>> = {
  identity: () => undefined,
  logistic: (answers) => {
    for (let i = 0; i < answers.length; i++) answers[i] = 1 / (1 + Math.exp(-(answers[i] ?? 0)));
  },
  exp: (answers) => {
    for (let i = 0; i < answers.length; i++) answers[i] = Math.exp(answers[i] ?? 0);
  },
  softmax: (answers, leafSize) => {
    for (let at = 0; at < answers.length; at += leafSize) softmax(answers.subarray(at, at + leafSize));
  },
};

/** Applies the forest's link to predictions, in place. */
export function applyLink(answers: Float32Array, { aggregation, leafSize }: WalkForest): Float32Array {
  if (aggregation !== undefined) LINK_OF[aggregation.link](answers, leafSize);
  return answers;
}

function softmax(row: Float32Array): void {
  const highest = row.reduce((a, b) => Math.max(a, b), -Infinity);
  let sum = 0;
  for (let k = 0; k < row.length; k++) sum += row[k] = Math.exp((row[k] ?? 0) - highest);
  for (let k = 0; k < row.length; k++) row[k] = (row[k] ?? 0) / sum;
}
