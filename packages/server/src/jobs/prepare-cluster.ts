import type { Cluster, JobRun } from "@flightdeck/protocol";
import type { ClusterStore } from "@flightdeck/store";
import { describeMapping } from "../clusters/describe-mapping.ts";
import { thisMachine } from "../clusters/machine.ts";

/** What a run takes from its cluster. */
export type RunCluster = {
  readonly clusterId?: string;
  readonly sparkEnvVars?: Readonly<Record<string, string>>;
  /** Where in DBFS its logs go. */
  readonly logDestination?: string;
  /** What became of the cluster's definition, and of the run's own fields. */
  readonly note: string;
};

/** Makes the cluster that a run asks for, or finds the one that it names, which is started when it does not run. */
export async function prepareCluster(clusters: ClusterStore, run: JobRun): Promise<RunCluster> {
  const { spec, clusterId } = run;
  const cluster =
    clusterId === undefined ? await openCluster(clusters, run) : await clusters.getCluster(clusterId);
  const destination = cluster.spec.cluster_log_conf?.dbfs?.destination;
  return {
    clusterId: cluster.clusterId,
    sparkEnvVars: cluster.spec.spark_env_vars ?? {},
    ...(destination !== undefined && { logDestination: destination }),
    note: [cluster.stateMessage, withoutEffect(spec.withoutEffect)].filter(Boolean).join(" "),
  };
}

async function openCluster(clusters: ClusterStore, run: JobRun): Promise<Cluster> {
  const { runId, creatorUserName, spec } = run;
  if ("newCluster" in spec.cluster) {
    const { newCluster } = spec.cluster;
    const stateMessage = describeMapping(newCluster, thisMachine());
    return clusters.createCluster({ spec: newCluster, creatorUserName, stateMessage, runId });
  }
  const { existingClusterId } = spec.cluster;
  await clusters.startCluster(existingClusterId, { userName: creatorUserName });
  return clusters.getCluster(existingClusterId);
}

function withoutEffect(names: readonly string[]): string {
  return names.length === 0 ? "" : `No effect here, of the run: ${names.join(", ")}.`;
}
