export type MetricDirection = "min" | "max";

/** Words in a metric's name that say that less is better. */
const LESS_IS_BETTER =
  /(?:^|[_\W])(?:loss|losses|error|err|errors|rmse|mse|mae|mape|msle|rmsle|smape|wape|perplexity|ppl|deviance|hinge|time|duration|latency|seconds|secs|ms|cost|wer|cer|fpr|fnr|brier|aic|bic)(?:$|[_\W])/i;

/** Which end of a metric is its best, as far as the name tells: losses, errors and times at the low end, else the high. */
export function metricDirection(key: string): MetricDirection {
  const words = key.replace(/([a-z0-9])([A-Z])/g, "$1_$2");
  return LESS_IS_BETTER.test(words) ? "min" : "max";
}
