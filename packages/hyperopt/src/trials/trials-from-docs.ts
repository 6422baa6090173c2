import type { Trial } from "./trial.ts";
import { Trials, type TrialsOptions } from "./trials.ts";

/** A `Trials` that holds the given documents, already refreshed. Throws `InvalidTrial`. */
export function trialsFromDocs(docs: readonly Trial[], options: TrialsOptions = {}): Trials {
  const trials = new Trials(options);
  trials.insertTrialDocs(docs);
  trials.refresh();
  return trials;
}
