import type { ClusterSpecWire, ClusterWire } from "@flightdeck/protocol";

const MB_PER_GB = 1024;

type Size = Pick<ClusterSpecWire, "node_type_id" | "num_workers" | "autoscale" | "spark_version">;

/** What a definition asks for: `p3.2xlarge, 7–8 workers, Spark 15.4.x-scala2.12`. */
export function clusterAskedFor(spec: Size): string {
  const { node_type_id: nodeType, spark_version: spark } = spec;
  const parts = [nodeType, workersText(spec), spark && `Spark ${spark}`];
  return parts.filter((part) => part !== undefined && part !== "").join(", ") || "–";
}

/** What this machine gives to it: `4 cores, 15.6 GB`; undefined for a cluster that does not run. */
export function clusterGot({
  cluster_cores: cores,
  cluster_memory_mb: memoryMb,
}: Pick<ClusterWire, "cluster_cores" | "cluster_memory_mb">): string | undefined {
  if (cores === undefined) return undefined;
  const memory = memoryMb === undefined ? "" : `, ${(memoryMb / MB_PER_GB).toFixed(1)} GB`;
  return `${cores} ${cores === 1 ? "core" : "cores"}${memory}`;
}

function workersText({ num_workers: count, autoscale }: Size): string | undefined {
  if (autoscale !== undefined) {
    const { min_workers: min = 0, max_workers: max = min } = autoscale;
    return `${min === max ? max : `${min}–${max}`} workers`;
  }
  if (count === undefined) return undefined;
  return `${count} ${count === 1 ? "worker" : "workers"}`;
}
