export { exitCodeOf, type ProcessExit } from "./process/process-exit.ts";
export { type ProcessOutput, runProcess, type RunProcessOptions } from "./process/run-process.ts";
export { quoteForShell } from "./process/quote-for-shell.ts";
