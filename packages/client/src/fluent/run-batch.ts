import { LIMITS, type Metric, type Param, type RunBatch } from "@flightdeck/protocol";

/** The most that a live chart lags behind a run. */
export const FLUSH_DELAY_MS = 1000;

/** The most entries of one run that may wait to be sent: about 200 MB. */
export const ENTRIES_MAX = 1_000_000;

/** One run's entries that wait to be sent. Only the last value of a tag is kept. */
export type WaitingEntries = {
  readonly params: Param[];
  readonly tags: Map<string, string>;
  readonly metrics: Metric[];
};

/** Removes and returns as many entries as fit in one request, oldest first. */
export function takeBatch(waiting: WaitingEntries): RunBatch {
  const params = waiting.params.splice(0, LIMITS.batchParamsMax);
  const tags = [...waiting.tags].slice(0, LIMITS.batchTagsMax).map(([key, value]) => ({ key, value }));
  for (const { key } of tags) waiting.tags.delete(key);
  const room = LIMITS.batchEntitiesMax - params.length - tags.length;
  return { params, tags, metrics: waiting.metrics.splice(0, Math.min(LIMITS.batchMetricsMax, room)) };
}
