import { expect, test } from "vitest";
import { Counter, gaugeLines, Histogram, metricLabels } from "./prometheus.ts";

test("a counter has one line per set of labels", () => {
  const counter = new Counter({ name: "calls_total", help: "Calls." });
  counter.add(metricLabels({ call: "a", status: 200 }));
  counter.add(metricLabels({ call: "a", status: 200 }));
  counter.add(metricLabels({ call: 'b"\\\n', status: 500 }));
  expect(counter.lines()).toEqual([
    "# HELP calls_total Calls.",
    "# TYPE calls_total counter",
    'calls_total{call="a",status="200"} 2',
    'calls_total{call="b\\"\\\\\\n",status="500"} 1',
  ]);
});

test("histogram buckets are cumulative, and the last one counts everything", () => {
  const histogram = new Histogram({ name: "call_seconds", help: "Times." });
  for (const seconds of [0.0001, 0.02, 0.02, 100]) histogram.observe('call="a"', seconds);
  const lines = histogram.lines();
  expect(lines).toContain('call_seconds_bucket{call="a",le="0.0005"} 1');
  expect(lines).toContain('call_seconds_bucket{call="a",le="0.01"} 1');
  expect(lines).toContain('call_seconds_bucket{call="a",le="0.025"} 3');
  expect(lines).toContain('call_seconds_bucket{call="a",le="10"} 3');
  expect(lines).toContain('call_seconds_bucket{call="a",le="+Inf"} 4');
  expect(lines).toContain('call_seconds_count{call="a"} 4');
});

test("a gauge has a single value", () => {
  expect(gaugeLines({ name: "open", help: "Open ones." }, 3).at(-1)).toBe("open 3");
});
