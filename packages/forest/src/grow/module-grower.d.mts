import type { Tree } from "../forest.ts";
import type { GrowJob, ThreadSettings } from "./grow-job.ts";

/** From the module: the bytes of a waiting node, and of small things with so many histograms. */
export type ThreadSizes = {
  readonly nodeBytes: () => number;
  readonly scratchBytes: (histogramMax: number) => number;
};

export function sizesOf(module: WebAssembly.Module, settings: GrowJob["settings"]): ThreadSizes;

export function moduleGrower(
  module: WebAssembly.Module,
  job: GrowJob,
  thread: ThreadSettings,
): (seed: number) => Tree;
