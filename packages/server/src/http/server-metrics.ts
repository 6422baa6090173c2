import { Counter, gaugeLines, Histogram, metricLabels } from "@flightdeck/core";
import { monitorEventLoopDelay } from "node:perf_hooks";

type DelayMonitor = ReturnType<typeof monitorEventLoopDelay>;

const ANSWERS = {
  name: "flightdeck_requests_total",
  help: "Requests answered, by call, method and HTTP status.",
};
const TIMES = {
  name: "flightdeck_request_seconds",
  help: "From the request's headers to the end of its answer, by call.",
};

/** How often to sample the event loop: each sample wakes the process, and delays that matter last longer. */
const EVENT_LOOP_LOOK_MS = 50;
const NS_PER_SECOND = 1e9;

/** A call and its outcome. */
export type AnsweredCall = {
  /** The call's name in the API description; `page` for the page's files, `none` for anything not served. */
  readonly call: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
};

/** Values sampled at scrape time. */
export type MomentaryMetrics = { readonly connections: number; readonly writesWaiting: number };

/** Counts a server's work since its start, in Prometheus' text format. */
export class ServerMetrics {
  readonly #answers = new Counter(ANSWERS);
  readonly #times = new Histogram(TIMES);
  /** Caches label texts, because building one costs more than counting. */
  readonly #labels = new Map<string, { readonly answer: string; readonly time: string }>();
  #delay: DelayMonitor | undefined;

  observe({ call, method, status, seconds }: AnsweredCall): void {
    const key = `${call} ${method} ${status}`;
    let labels = this.#labels.get(key);
    if (labels === undefined) {
      labels = { answer: metricLabels({ call, method, status }), time: metricLabels({ call }) };
      this.#labels.set(key, labels);
    }
    this.#answers.add(labels.answer);
    this.#times.observe(labels.time, seconds);
  }

  text({ connections, writesWaiting }: MomentaryMetrics): string {
    const memory = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const gauge = (name: string, help: string, value: number): readonly string[] =>
      gaugeLines({ name, help }, value);
    const lines = [
      ...this.#answers.lines(),
      ...this.#times.lines(),
      ...gauge("flightdeck_connections_open", "Open connections.", connections),
      ...gauge("flightdeck_store_writes_waiting", "Writes that wait for the database.", writesWaiting),
      ...this.#eventLoopLines(),
      ...gauge("process_resident_memory_bytes", "Resident memory.", memory.rss),
      ...gauge("nodejs_heap_used_bytes", "JavaScript heap in use.", memory.heapUsed),
      ...gauge("nodejs_external_memory_bytes", "Memory of buffers and the like.", memory.external),
      "# HELP process_cpu_seconds_total Processor time.",
      "# TYPE process_cpu_seconds_total counter",
      `process_cpu_seconds_total ${(user + system) / 1e6}`,
      ...gauge(
        "process_start_time_seconds",
        "When the process started, in seconds since 1970.",
        Math.round(performance.timeOrigin / 1000),
      ),
    ];
    return `${lines.join("\n")}\n`;
  }

  /** Measured only from the first scrape on, so that an unmonitored server does not wake up for it. */
  #eventLoopLines(): readonly string[] {
    const name = "nodejs_eventloop_delay_seconds";
    const help = "How late the event loop was since the last scrape.";
    const delay = (this.#delay ??= startMonitor());
    const values = [
      ["0.5", delay.percentile(50)],
      ["0.99", delay.percentile(99)],
      ["1", delay.max],
    ] as const;
    const isMeasured = delay.count > 0;
    delay.reset();
    if (!isMeasured) return [];
    const late = (ns: number): number => Math.max(0, ns / NS_PER_SECOND - EVENT_LOOP_LOOK_MS / 1000);
    return [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} gauge`,
      ...values.map(([quantile, ns]) => `${name}{quantile="${quantile}"} ${late(ns)}`),
    ];
  }
}

function startMonitor(): DelayMonitor {
  const monitor = monitorEventLoopDelay({ resolution: EVENT_LOOP_LOOK_MS });
  monitor.enable();
  return monitor;
}
