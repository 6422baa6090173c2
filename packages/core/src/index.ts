export {
  AppError,
  type AppErrorOptions,
  assert,
  codeOf,
  ERROR_CODES,
  type ErrorCode,
  invalid,
  isAppError,
  messageOf,
  unreachable,
} from "./errors.ts";
export {
  cancelled,
  type Clock,
  settleWithin,
  sleep,
  systemClock,
  throwIfAborted,
  unlessAborted,
  untilAborted,
} from "./time.ts";
export {
  Counter,
  gaugeLines,
  Histogram,
  metricLabels,
  type MetricName,
  PROMETHEUS_TYPE,
} from "./prometheus.ts";
export { newAssessmentId, newId, newModelId, newRunId, Random } from "./random.ts";
export {
  endOfString,
  isObject,
  jsonDepthExceeds,
  parseJson,
  parseUntrustedJson,
  tryParseJson,
} from "./json.ts";
