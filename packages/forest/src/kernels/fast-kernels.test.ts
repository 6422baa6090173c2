import { kernelSuite } from "../testing/kernel-suite.ts";
import { fastKernels } from "./fast-kernels.ts";

kernelSuite(fastKernels);
