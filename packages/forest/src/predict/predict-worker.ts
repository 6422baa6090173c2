import { parentPort } from "node:worker_threads";
import { type ChunkTask, ForestRunner } from "./compiled-forest.ts";

parentPort?.on("message", ({ forest, numRows, thread }: ChunkTask) => {
  new ForestRunner(forest).takeBlocks({ numRows, thread });
  parentPort?.postMessage("done");
});
parentPort?.postMessage("ready");
