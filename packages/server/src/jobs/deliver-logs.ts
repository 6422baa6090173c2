import type { ArtifactRepository } from "@flightdeck/artifacts";
import { joinArtifactPath } from "@flightdeck/artifacts";
import { Readable } from "node:stream";
import { BOUNDS } from "../bounds.ts";
import { parseDbfsPath } from "../dbfs/dbfs-path.ts";
import type { JobExecutor } from "./execution/job-executor.ts";

export type DeliverLogsInput = {
  readonly executor: Pick<JobExecutor, "readLog">;
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
    await dbfs.write(joinArtifactPath(folder, stream), Readable.from(chunksOf(executor, runId, stream)));
  }
}

async function* chunksOf(
  executor: Pick<JobExecutor, "readLog">,
  runId: number,
  stream: "stdout" | "stderr",
): AsyncGenerator<Buffer> {
  let offset = 0;
  for (;;) {
    const range = { stream, offset, bytesMax: BOUNDS.jobLogChunkBytes };
    const { text, nextOffset } = await executor.readLog(runId, range);
    if (nextOffset <= offset) return;
    yield Buffer.from(text);
    offset = nextOffset;
  }
}
