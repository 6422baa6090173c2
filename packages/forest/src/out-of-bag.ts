import { Random, throwIfAborted } from "@flightdeck/core";
import type { Output, WalkForest } from "./forest.ts";
import { belowBound, type GrowJob } from "./grow/grow-job.ts";
import { leafOf } from "./inspect-forest.ts";
import { accuracyOf, mostProbable, r2Of } from "./scores.ts";
import type { Targets } from "./targets.ts";

export type OutOfBagRequest = {
  readonly forest: WalkForest;
  readonly columns: readonly Float32Array[];
  readonly targets: Targets;
  readonly settings: Pick<GrowJob["settings"], "numRows" | "drawCount">;
  /** The seeds of all trees, from which their draws are reproduced. */
  readonly seeds: readonly number[];
  readonly signal?: AbortSignal | undefined;
};

/**
 * The accuracy or R² when each row is predicted by the mean of the trees that did not draw it (Breiman 2001). Includes
 * the rows that at least one tree did not draw; averaged over the outputs. Goes tree by tree, so that sums are the same
 * for any number of threads.
 */
export async function scoreOutOfBag(request: OutOfBagRequest): Promise<number> {
  const { forest, columns, settings, seeds, signal } = request;
  const { leafSize, leaves, nodes } = forest;
  const sums = new Float64Array(settings.numRows * leafSize);
  const counts = new Uint32Array(settings.numRows);
  for (const [tree, seed] of seeds.entries()) {
    const isDrawn = drawnRows(settings, seed);
    for (let row = 0; row < settings.numRows; row++) {
      if (isDrawn[row] === 1) continue;
      const leaf = nodes[leafOf(forest, forest.roots[tree] ?? 0, columns, row) + 1] ?? 0;
      for (let k = 0; k < leafSize; k++) {
        sums[row * leafSize + k] = (sums[row * leafSize + k] ?? 0) + (leaves[leaf + k] ?? 0);
      }
      counts[row] = (counts[row] ?? 0) + 1;
    }
    await new Promise((resolve) => setImmediate(resolve));
    throwIfAborted(signal);
  }
  const prediction = Float32Array.from(sums, (sum, i) => sum / (counts[Math.floor(i / leafSize)] ?? 0));
  return scoreOf(request.targets, prediction, counts);
}

/** Reproduces the draws of a tree. */
function drawnRows({ numRows, drawCount }: OutOfBagRequest["settings"], seed: number): Uint8Array {
  const random = new Random(seed);
  const isDrawn = new Uint8Array(numRows);
  for (let i = 0; i < drawCount; i++) isDrawn[belowBound(random, numRows)] = 1;
  return isDrawn;
}

function scoreOf(targets: Targets, prediction: Float32Array, counts: Uint32Array): number {
  const { outputs } = targets;
  const rows = Array.from(counts.keys()).filter((row) => (counts[row] ?? 0) > 0);
  const leafSize = prediction.length / counts.length;
  let first = 0;
  const scores = outputs.map((output: Output, o) => {
    const start = first;
    first += output.classes?.length ?? 1;
    const at = (row: number): number => row * leafSize + start;
    if (targets.kind === "values") {
      const truth = rows.map((row) => targets.values[row * outputs.length + o] ?? 0);
      return r2Of(
        truth,
        rows.map((row) => prediction[at(row)] ?? 0),
      );
    }
    const size = output.classes?.length ?? 0;
    const truth = rows.map((row) => targets.codes[row * outputs.length + o]);
    return accuracyOf(
      truth,
      rows.map((row) => mostProbable(prediction, at(row), size)),
    );
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}
