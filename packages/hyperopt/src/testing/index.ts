export { type ExecutorFeatures, testExecutor } from "./executor-suite.ts";
