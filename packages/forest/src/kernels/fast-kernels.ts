import { addHistogram } from "./add-histogram.ts";
import { findSplit } from "./find-split.ts";
import type { ForestKernels } from "./forest-kernels.ts";
import { partitionRows } from "./partition-rows.ts";

/** The kernels that fitting uses: plain TypeScript, shaped for what V8 compiles well. */
export const fastKernels: ForestKernels = { name: "fast", addHistogram, findSplit, partitionRows };
