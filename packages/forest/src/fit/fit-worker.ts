import { parentPort, workerData } from "node:worker_threads";
import { fastKernels } from "../kernels/fast-kernels.ts";
import type { FitWorkerData, FitWorkerMessage } from "./fit-message.ts";
import { growTree } from "./grow-tree.ts";

// The pool starts this file as a worker with data of this type.
run(workerData as FitWorkerData);

/** Grows trees until none is left; the number of the next one comes from a counter that all workers share. */
function run({ treeCount, nextTree, ...data }: FitWorkerData): void {
  const request = { ...data, kernels: fastKernels };
  for (;;) {
    const treeNumber = Atomics.add(nextTree, 0, 1);
    if (treeNumber >= treeCount) return;
    const tree = growTree(request, treeNumber);
    const message: FitWorkerMessage = { treeNumber, tree };
    parentPort?.postMessage(
      message,
      Object.values(tree).map(({ buffer }) => buffer),
    );
  }
}
