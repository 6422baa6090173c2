import { parentPort } from "node:worker_threads";
import { ForestRunner } from "./compiled-forest.ts";
import type { ChunkTask } from "./predict-threads.ts";

parentPort?.on("message", ({ forest, numRows, thread }: ChunkTask) => {
  new ForestRunner(forest).takeBlocks({ numRows, thread });
  parentPort?.postMessage("done");
});
parentPort?.postMessage("ready");
