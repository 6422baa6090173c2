export {
  type ClusterStatus,
  type ClusterVariables,
  clusterVariables,
  findCluster,
  type SparkCluster,
} from "./cluster/cluster-folder.ts";
export { CLUSTER_DEFAULTS, startCluster, type StartClusterOptions } from "./cluster/start-cluster.ts";
export { bringSpark, type BringSparkOptions, type SparkHome } from "./cluster/spark-home.ts";
export { stopCluster, type StoppedCluster } from "./cluster/stop-cluster.ts";
export { sparkTrials, type SparkTrialsOptions } from "./trials/spark-trials.ts";
