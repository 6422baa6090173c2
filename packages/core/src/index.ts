export { assert, unreachable } from "./assert.ts";
export { cancelled, sleep, throwIfAborted } from "./cancellation.ts";
export { type Clock, systemClock } from "./clock.ts";
export {
  AppError,
  type AppErrorOptions,
  ERROR_CODES,
  type ErrorCode,
  isAppError,
  messageOf,
} from "./errors.ts";
export { newAssessmentId, newId, newModelId, newRunId } from "./ids.ts";
export { jsonDepthExceeds, parseUntrustedJson } from "./json-depth.ts";
export { parseJson } from "./parse-json.ts";
export { Random } from "./random.ts";
