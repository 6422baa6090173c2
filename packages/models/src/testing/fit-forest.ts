import { RandomForestClassifier } from "@flightdeck/forest";
import { Frame } from "@flightdeck/frame";

/** Rows labeled by whether `Distance` exceeds 500; the other column is noise. */
export function labelledFrame(): Frame {
  const data = Array.from({ length: 200 }, (_, i) => [i * 5, i % 7, i * 5 > 500 ? 1 : 0]);
  return withIntegerLabel(Frame.fromRows({ columns: ["Distance", "DayofWeek", "Late"], data }));
}

/** A small forest that has learned the rule of `labelledFrame`. */
export async function fitForest(): Promise<RandomForestClassifier> {
  return new RandomForestClassifier({ nEstimators: 5, seed: 1, nThreads: 1 }).fit(labelledFrame(), "Late");
}

function withIntegerLabel(frame: Frame): Frame {
  const label = frame.column("Late");
  return Frame.fromColumns([
    frame.column("Distance"),
    frame.column("DayofWeek"),
    { name: "Late", dtype: "int32", values: Int32Array.from(label.values, Number), nulls: undefined },
  ]);
}
