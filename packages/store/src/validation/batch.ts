import { AppError } from "@flightdeck/core";
import { LIMITS, type Metric, type Param, type Tag } from "@flightdeck/protocol";
import { checkedParam, checkedTag, checkMetric } from "./entities.ts";
import { pythonRepr } from "./text.ts";

export type Batch = {
  readonly metrics: readonly Metric[];
  readonly params: readonly Param[];
  readonly tags: readonly Tag[];
};

/** A batch that may be stored: entries checked first, then counts, then repeated params, as MLflow does. */
export function checkedBatch({ metrics, params, tags }: Batch): Batch {
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

/** Throws MLflow's words when a key comes twice. */
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
