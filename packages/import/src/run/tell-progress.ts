import type { ImportContext } from "./import-context.ts";

export function tellProgress({ options, experiment, sourceCounts }: ImportContext): void {
  options.onProgress?.({ experiment: experiment.name, counts: { ...sourceCounts } });
}
