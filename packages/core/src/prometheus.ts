/*
 * Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/), the part that our servers
 * need. The usual library, prom-client 15, takes 55 ms of CPU time and 19 MB to load, a fifth of a server's budget for
 * startup time and idle memory.
 */

/**
 * Upper bounds in seconds: Prometheus' defaults for HTTP and two lower ones, since many calls take a fraction of a
 * millisecond.
 */
const SECONDS: readonly number[] = [0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The content type of a page of metrics. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** A metric's name, which includes the unit, and its description. */
export type MetricName = { readonly name: string; readonly help: string };

/**
 * Formats labels as text, the key of a series. Cache the result for a series that is updated often.
 *
 * @example
 * ```ts
 * metricLabels({ model: "airline", status: 200 }); // model="airline",status="200"
 * ```
 */
export function metricLabels(labels: Readonly<Record<string, string | number>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(",");
}

/** A count that only grows, per set of labels. */
export class Counter {
  readonly #metric: MetricName;
  readonly #values = new Map<string, number>();

  constructor(metric: MetricName) {
    this.#metric = metric;
  }

  /** `labels` comes from `metricLabels`; "" for none. */
  add(labels = "", by = 1): void {
    this.#values.set(labels, (this.#values.get(labels) ?? 0) + by);
  }

  lines(): readonly string[] {
    const { name } = this.#metric;
    return [
      ...head(this.#metric, "counter"),
      ...Array.from(this.#values, ([labels, count]) => sample(name, labels, count)),
    ];
  }
}

type Series = { count: number; sum: number; readonly buckets: number[] };

/** A histogram of durations, per set of labels. */
export class Histogram {
  readonly #metric: MetricName;
  readonly #series = new Map<string, Series>();

  constructor(metric: MetricName) {
    this.#metric = metric;
  }

  /** `labels` comes from `metricLabels`. */
  observe(labels: string, seconds: number): void {
    let series = this.#series.get(labels);
    if (series === undefined) {
      series = { count: 0, sum: 0, buckets: SECONDS.map(() => 0) };
      this.#series.set(labels, series);
    }
    series.count += 1;
    series.sum += seconds;
    const bucket = SECONDS.findIndex((bound) => seconds <= bound);
    if (bucket !== -1) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
  }

  lines(): readonly string[] {
    const { name } = this.#metric;
    const series = Array.from(this.#series, ([labels, each]) => histogramLines(name, labels, each));
    return [...head(this.#metric, "histogram"), ...series.flat()];
  }
}

/** Formats a current value. */
export function gaugeLines(metric: MetricName, value: number, labels = ""): readonly string[] {
  return [...head(metric, "gauge"), sample(metric.name, labels, value)];
}

function head({ name, help }: MetricName, type: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function sample(name: string, labels: string, value: number): string {
  return labels === "" ? `${name} ${value}` : `${name}{${labels}} ${value}`;
}

function histogramLines(name: string, labels: string, { count, sum, buckets }: Series): readonly string[] {
  let below = 0;
  const cumulative = SECONDS.map((bound, i) => {
    below += buckets[i] ?? 0;
    return `${name}_bucket{${labels},le="${bound}"} ${below}`;
  });
  return [
    ...cumulative,
    `${name}_bucket{${labels},le="+Inf"} ${count}`,
    `${name}_sum{${labels}} ${sum}`,
    `${name}_count{${labels}} ${count}`,
  ];
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
