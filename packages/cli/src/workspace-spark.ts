import type { SparkLauncher, TaskSpark } from "@flightdeck/server";
import type { ClusterStatus, SparkCluster } from "@flightdeck/spark";

/** Starts Spark for the clusters of a workspace. Loads the Spark package on first use. */
export const workspaceSpark: SparkLauncher = {
  start: async ({ folder, workers, signal, onProgress }) => {
    const { startCluster } = await import("@flightdeck/spark");
    const cluster = await startCluster({
      folder,
      workers,
      port: 0,
      masterPort: 0,
      env: process.env,
      signal,
      onLine: onProgress,
      onProgress: ({ phase, title, elapsedMs }) =>
        onProgress(`the environment of ${title}: ${phase}, ${Math.round(elapsedMs / 1000)} s`),
    });
    return await taskSpark(cluster);
  },
  find: async (folder) => {
    const { findCluster } = await import("@flightdeck/spark");
    const found = await findCluster(folder);
    if (found === undefined) return undefined;
    const { startedAtMs, isStarting } = found;
    return { ...(await taskSpark(found)), startedAtMs, isStarting, isUsable: isUsable(found) };
  },
  stop: async (folder) => {
    const { stopCluster } = await import("@flightdeck/spark");
    await stopCluster(folder);
  },
};

/** A cluster that has lost a worker stays usable, because the others take over its work. */
function isUsable({ isReady, running, missing }: ClusterStatus): boolean {
  const hasWorker = running.some((role) => role.startsWith("worker-"));
  return isReady && hasWorker && !missing.includes("master") && !missing.includes("connect");
}

async function taskSpark(cluster: SparkCluster): Promise<TaskSpark> {
  const { clusterVariables } = await import("@flightdeck/spark");
  const { version, workers, sparkHome } = cluster;
  return { version, workers, sparkHome, ...(await clusterVariables(cluster)) };
}
