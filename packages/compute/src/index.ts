export { cancelDetached } from "./detached/cancel-detached.ts";
export { type DetachedProcess, findDetached, parseDetachedProcess } from "./detached/detached-process.ts";
export { startDetached, type StartDetachedOptions } from "./detached/start-detached.ts";
export { type DetachedEnd, waitForDetached } from "./detached/wait-for-detached.ts";
export { openPathView } from "./path-view/open-path-view.ts";
export type { PathMapping, PathView, PathViewOptions } from "./path-view/path-view.ts";
export { exitCodeOf, type ProcessExit } from "./process/process-exit.ts";
export { type ProcessOutput, runProcess, type RunProcessOptions } from "./process/run-process.ts";
export { quoteForShell } from "./process/quote-for-shell.ts";
