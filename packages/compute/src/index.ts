export {
  cancelDetached,
  type DetachedEnd,
  type DetachedProcess,
  findDetached,
  parseDetachedProcess,
  waitForDetached,
} from "./detached/detached-process.ts";
export { identifyProcess, isRunning, type ProcessIdentity } from "./detached/process-identity.ts";
export { startDetached, type StartDetachedOptions } from "./detached/start-detached.ts";
export {
  openPathView,
  type PathMapping,
  type PathView,
  type PathViewOptions,
  rewrittenPathView,
} from "./path-view.ts";
export { OrphanWatch, type OrphanWatchOptions } from "./process/orphan-watch.ts";
export { LineRing } from "./process/line-ring.ts";
export {
  exitCodeOf,
  type ProcessExit,
  type ProcessOutput,
  runProcess,
  type RunProcessOptions,
} from "./process/run-process.ts";
export { GROUP_MARKER_VARIABLE } from "./process/process-group.ts";
export { quoteForShell } from "./process/programs.ts";
