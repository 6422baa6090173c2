export type { ForestKernels } from "../kernels/forest-kernels.ts";
export { kernelSuite } from "./kernel-suite.ts";
