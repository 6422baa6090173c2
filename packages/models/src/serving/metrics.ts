import { Counter, gaugeLines, Histogram, metricLabels } from "@flightdeck/core";

/** A scoring server's metrics in Prometheus' text format. */
export class Metrics {
  readonly #answers = new Counter({
    name: "flightdeck_invocations_total",
    help: "Invocations answered, by model and HTTP status.",
  });
  readonly #times = new Histogram({
    name: "flightdeck_invocation_seconds",
    help: "How long invocations took, by model.",
  });
  readonly #refused = new Counter({
    name: "flightdeck_invocations_refused_total",
    help: "Invocations refused because too many were in progress.",
  });

  constructor() {
    this.#refused.add("", 0); // Exports the counter before the first refusal.
  }

  /** Counts an answered invocation. */
  observe(model: string, status: number, seconds: number): void {
    this.#answers.add(metricLabels({ model, status }));
    this.#times.observe(metricLabels({ model }), seconds);
  }

  /** Counts a request that was rejected because too many were in flight. */
  refuse(): void {
    this.#refused.add();
  }

  text(inFlight: number): string {
    const inFlightMetric = { name: "flightdeck_invocations_in_flight", help: "Invocations in progress." };
    const lines = [
      ...this.#answers.lines(),
      ...this.#times.lines(),
      ...gaugeLines(inFlightMetric, inFlight),
      ...this.#refused.lines(),
    ];
    return `${lines.join("\n")}\n`;
  }
}
