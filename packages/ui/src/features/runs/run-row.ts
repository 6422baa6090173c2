import type { Run } from "@flightdeck/protocol";

/** A run with its values at hand by key, which a table of thousands of rows needs. */
export type RunRow = {
  readonly run: Run;
  readonly metrics: ReadonlyMap<string, number>;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
};

export function toRunRow(run: Run): RunRow {
  const { metrics, params, tags } = run.data;
  return {
    run,
    metrics: new Map(metrics.map(({ key, value }) => [key, value])),
    params: new Map(params.map(({ key, value }) => [key, value])),
    tags: new Map(tags.map(({ key, value }) => [key, value])),
  };
}
