import { type ArtifactRepository, joinArtifactPath, parseDbfsPath } from "@flightdeck/artifacts";
import type { JobExecutor } from "./execution/job-executor.ts";

export type DeliverLogsInput = {
  readonly executor: Pick<JobExecutor, "openLog">;
  readonly dbfs: ArtifactRepository;
  readonly runId: number;
  /** As the cluster's definition has it, `dbfs:/cluster-logs`. */
  readonly destination: string;
  readonly clusterId: string;
};

/** Writes what a run's task wrote to where its cluster keeps logs: `<destination>/<cluster id>/driver/stdout` and `stderr`. */
export async function deliverLogs(input: DeliverLogsInput): Promise<void> {
  const { executor, dbfs, runId, destination, clusterId } = input;
  const folder = joinArtifactPath(parseDbfsPath(destination), `${clusterId}/driver`);
  for (const stream of ["stdout", "stderr"] as const) {
    const content = await executor.openLog(runId, stream);
    try {
      await dbfs.write(joinArtifactPath(folder, stream), content);
    } finally {
      content.destroy(); // A place that is refused reads none of it.
    }
  }
}
