import type { Tree } from "../forest.ts";
import type { GrowJob, ThreadSettings, WasmModule } from "./grow-job.ts";

/** From the module: the bytes of a waiting node, and of scratch memory for a number of histograms. */
export type ThreadSizes = {
  readonly nodeBytes: () => number;
  readonly scratchBytes: (histogramMax: number) => number;
};

export function sizesOf(module: WasmModule, settings: GrowJob["settings"]): ThreadSizes;

export function moduleGrower(
  module: WasmModule,
  job: GrowJob,
  thread: ThreadSettings,
): (seed: number) => Tree;
