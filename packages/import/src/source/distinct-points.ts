import { AppError } from "@flightdeck/core";
import type { Metric } from "@flightdeck/protocol";

/** Points of one metric of one run. A set of JavaScript holds some 16 million. */
const POINTS_MAX = 10_000_000;

/** The points of one metric, each once: a store keeps a point once, whoever sent it twice. */
export async function* distinctPoints(
  points: AsyncIterable<Metric> | Iterable<Metric>,
  where: string,
): AsyncGenerator<Metric, void, undefined> {
  const seen = new Set<string>();
  for await (const point of points) {
    // Zero and minus zero are the same value to a database.
    const identity = `${point.timestampMs} ${point.step} ${point.value === 0 ? 0 : point.value}`;
    if (seen.size === seen.add(identity).size) continue;
    if (seen.size > POINTS_MAX) {
      throw new AppError("RESOURCE_EXHAUSTED", `${where} has more than ${POINTS_MAX} points`);
    }
    yield point;
  }
}
