import type { Tree } from "../forest.ts";
import type { GrowJob, ThreadSettings } from "./grow-job.ts";

/** The module's functions, beside a mutable global for each of the settings. */
export type GrowExports = {
  growTree(seed: number): void;
  nodeBytes(): number;
  scratchBytes(histogramMax: number): number;
} & { readonly [setting: string]: WebAssembly.Global };

export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): GrowExports;

export function moduleGrower(
  module: WebAssembly.Module,
  job: GrowJob,
  thread: ThreadSettings,
): (seed: number) => Tree;
