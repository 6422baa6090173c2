import type { Trial } from "./trial.ts";

/** Records a search so that it can be resumed. Only `room` makes the search wait. */
export type SearchRecord = {
  /** Called when an algorithm has proposed a trial. */
  propose(trial: Trial): void;
  /** Called when the evaluation starts. */
  begin(trial: Trial): void;
  /** Called when the evaluation has ended, in whatever state. */
  end(trial: Trial): void;
  /** Resolves when there is room for another trial. */
  room(signal: AbortSignal | undefined): Promise<void>;
};
