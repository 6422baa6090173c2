import { parentPort, workerData } from "node:worker_threads";
import { moduleGrower } from "./module-grower.mjs";

// The data passed by `growTrees`. Without a module, the TypeScript reference implementation grows the trees.
const { module, job, thread, seeds, next } = workerData;
const grow = module ? moduleGrower(module, job, thread) : await referenceGrower();
for (let index = Atomics.add(next, 0, 1); index < seeds.length; index = Atomics.add(next, 0, 1)) {
  const tree = grow(seeds[index]);
  const memories = Object.values(tree).map(({ buffer }) => buffer);
  parentPort.postMessage({ index, tree }, memories);
}

async function referenceGrower() {
  const { growReferenceTree } = await import("./reference-grower.ts");
  return (seed) => growReferenceTree(job, seed);
}
