import { posix } from "node:path";
import { AppError } from "@flightdeck/core";
import { LIMITS, type Metric, type Param, type RunBatch, type Tag } from "@flightdeck/protocol";
import { checkLength, pythonFloat, pythonJson, pythonRepr, truncated } from "./text.ts";

/*
 * Checks of logged values with the messages of MLflow's `mlflow/utils/validation.py`, which clients and their tests match on.
 * `path` names the field in a request, for example `params[3].key`.
 */

/** Python's `\w` plus the other characters that MLflow allows in names. */
const NAME = /^[/\p{L}\p{N}_.\- :]*$/u;

const NAME_RULE =
  "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).";

/** Throws `INVALID_PARAMETER_VALUE` with MLflow's message for an invalid metric. */
export function checkMetric(metric: Metric, path: string): void {
  checkName(metric.key, field(path, "name"));
  if (metric.timestampMs < 0) {
    throw invalid(
      field(path, "timestamp"),
      metric.timestampMs,
      `metric '${metric.key}' (value=${pythonFloat(metric.value)}). Timestamp must be a nonnegative long (64-bit integer) `,
    );
  }
  checkLength("Metric name", metric.key, LIMITS.entityKeyCharsMax);
}

/** Checks a param and truncates its value to the limit. */
export function checkedParam({ key, value }: Param, path: string): Param {
  checkName(key, field(path, "key"));
  checkLength("Param key", key, LIMITS.entityKeyCharsMax);
  return { key, value: truncated(value, LIMITS.paramValueCharsMax) };
}

/** Checks a run's tag and truncates its value to the limit. */
export function checkedTag({ key, value }: Tag, path: string): Tag {
  checkName(key, field(path, "key"));
  checkLength(field(path, "key"), key, LIMITS.entityKeyCharsMax);
  return { key, value: truncated(value, LIMITS.tagValueCharsMax) };
}

export function checkExperimentTag({ key, value }: Tag): void {
  checkName(key, "key");
  checkLength("key", key, LIMITS.entityKeyCharsMax);
  checkLength("value", value, LIMITS.experimentTagValueCharsMax);
}

/** Checks a tag of a registered model or a model version. */
export function checkRegistryTag({ key, value }: Tag): void {
  checkName(key, "key");
  checkLength("key", key, LIMITS.entityKeyCharsMax);
  checkLength("value", value, LIMITS.registeredModelTagValueCharsMax);
}

export function checkTagKey(key: string): void {
  checkName(key, "key");
}

/** Checks the name of a metric, param or tag: only allowed characters, and a normalized path. */
function checkName(name: string, path: string): void {
  if (!NAME.test(name)) throw invalid(path, name, NAME_RULE);
  const normal = normalPath(name);
  if (normal === name && name !== "." && !name.startsWith("..") && !name.startsWith("/")) return;
  throw invalid(
    path,
    name,
    `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to ${pythonRepr(normal)}`,
  );
}

export function invalid(path: string, value: unknown, why?: string): AppError {
  const reason = why === undefined ? "." : `: ${why}`;
  return new AppError(
    "INVALID_PARAMETER_VALUE",
    `Invalid value ${pythonJson(value)} for parameter '${path}' supplied${reason}`,
    { details: { field: path } },
  );
}

export function missing(path: string): AppError {
  return new AppError(
    "INVALID_PARAMETER_VALUE",
    `Missing value for required parameter '${path}'. See the API docs for more information about request parameters.`,
    { details: { field: path } },
  );
}

/** Python's `posixpath.normpath`. */
function normalPath(name: string): string {
  const normal = posix.normalize(name);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
}

function field(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** Checks a batch in MLflow's order: the entries first, then their number, then repeated params. */
export function checkedBatch({ metrics, params, tags }: RunBatch): RunBatch {
  metrics.forEach((metric, index) => checkMetric(metric, `metrics[${index}]`));
  const checked = {
    metrics,
    params: params.map((param, index) => checkedParam(param, `params[${index}]`)),
    tags: tags.map((tag, index) => checkedTag(tag, `tags[${index}]`)),
  };
  checkCount("metrics", metrics.length, LIMITS.batchMetricsMax);
  checkCount("params", params.length, LIMITS.batchParamsMax);
  checkCount("tags", tags.length, LIMITS.batchTagsMax);
  checkCount(
    "metrics, params, and tags",
    metrics.length + params.length + tags.length,
    LIMITS.batchEntitiesMax,
  );
  checkParamKeysUnique(params);
  return checked;
}

function checkCount(what: string, count: number, countMax: number): void {
  if (count <= countMax) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `A batch logging request can contain at most ${countMax} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
  );
}

/** Throws MLflow's message when a key is repeated. */
function checkParamKeysUnique(params: readonly Param[]): void {
  const seen = new Set<string>();
  const repeated = params
    .filter(({ key }) => seen.size === seen.add(key).size)
    .map(({ key }) => pythonRepr(key));
  if (repeated.length === 0) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `Duplicate parameter keys have been submitted: [${repeated.join(", ")}]. Please ensure the request contains only one param value per param key.`,
  );
}
