import { type Run, runToWire } from "@flightdeck/protocol";

/** A run in the form of MLflow's `Run.to_dictionary`: metrics, params and tags by key. */
export function describedRun(run: Run): object {
  const { info, data, inputs, outputs } = runToWire(run);
  const { run_uuid: _, ...facts } = info;
  return {
    info: { ...facts, end_time: info.end_time ?? null },
    data: {
      metrics: Object.fromEntries(data.metrics.map(({ key, value }) => [key, value])),
      params: Object.fromEntries(data.params.map(({ key, value }) => [key, value])),
      tags: Object.fromEntries(data.tags.map(({ key, value }) => [key, value])),
    },
    inputs,
    outputs,
  };
}
