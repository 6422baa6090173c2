import type { ClusterSpecWire } from "@flightdeck/protocol";
import { describeMachine, type Machine } from "./machine.ts";

/**
 * What a cluster's definition came to: what was asked for, what there is, and which of its fields change nothing. Whoever
 * has asked for GPUs and eight machines reads it in the cluster's `state_message`, and in that of each run.
 */
export function describeMapping(spec: ClusterSpecWire, machine: Machine): string {
  const asked = [describeNodes(spec), spec.spark_version].filter(Boolean).join(", ");
  const ignored = fieldsWithoutEffect(spec);
  return [
    `Asked for ${asked || "any machine"}; got this machine: ${describeMachine(machine)}, driver and workers in one.`,
    ...(ignored.length === 0 ? [] : [`No effect here: ${ignored.join(", ")}.`]),
  ].join(" ");
}

function describeNodes(spec: ClusterSpecWire): string {
  const { num_workers: workers, autoscale, node_type_id: type } = spec;
  const count = autoscale === undefined ? workers?.toString() : rangeOf(autoscale);
  const driver = spec.driver_node_type_id ?? type;
  return [
    ...(driver === undefined ? [] : [`a driver of ${driver}`]),
    ...(count === undefined
      ? []
      : [`${count} ${count === "1" ? "worker" : "workers"}${type === undefined ? "" : ` of ${type}`}`]),
  ].join(" and ");
}

function rangeOf({ min_workers: min, max_workers: max }: NonNullable<ClusterSpecWire["autoscale"]>): string {
  return `${min ?? "?"} to ${max ?? "?"}`;
}

/** What is used, what only names the cluster, and what the sentence above tells. */
const HANDLED: ReadonlySet<string> = new Set([
  "cluster_name",
  "cluster_source",
  "spark_version",
  "node_type_id",
  "driver_node_type_id",
  "num_workers",
  "autoscale",
  "spark_env_vars",
  "custom_tags",
  "cluster_log_conf",
]);

function fieldsWithoutEffect(spec: ClusterSpecWire): readonly string[] {
  const named = Object.entries(spec).filter(([name, value]) => !HANDLED.has(name) && saysSomething(value));
  const logs = spec.cluster_log_conf ?? {};
  const places = (["s3", "volumes"] as const).filter((place) => logs[place] !== undefined);
  return [...named.map(([name]) => name), ...places.map((place) => `cluster_log_conf.${place}`)];
}

/** An empty list, an empty object or `false` asks for nothing. */
function saysSomething(value: unknown): boolean {
  if (value === undefined || value === false || value === "") return false;
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}
