import { parseDbfsPath } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { ClusterSpecWire } from "@flightdeck/protocol";

/** Logs go into DBFS; a path without its scheme, or another one, would be taken for a folder of this machine or a bucket. */
export function checkLogDestination({
  cluster_log_conf: logs,
}: Pick<ClusterSpecWire, "cluster_log_conf">): void {
  const destination = logs?.dbfs?.destination;
  if (destination === undefined) return;
  if (!destination.startsWith("dbfs:/")) {
    const message = `cluster_log_conf.dbfs.destination must be in DBFS, as dbfs:/cluster-logs, got ${JSON.stringify(destination)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  parseDbfsPath(destination);
}
