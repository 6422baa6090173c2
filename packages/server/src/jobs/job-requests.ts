import { parseDbfsPath } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import {
  type ClusterSpecWire,
  type endpoints,
  type JobTaskSpec,
  LIMITS,
  type RequestOf,
} from "@flightdeck/protocol";
import type { JobRunQuery } from "@flightdeck/store";
import { sparkWorkersOf } from "./cluster-sparks.ts";

type Asked = {
  readonly limit?: number | undefined;
  readonly offset: number;
  readonly page_token?: string | undefined;
};

/** The requested page of a list of jobs or job runs. */
export function pageOf({ limit, offset, page_token: pageToken }: Asked): {
  readonly maxResults: number;
  readonly offset: number;
  readonly pageToken?: string | undefined;
} {
  if (offset < 0) throw new AppError("INVALID_PARAMETER_VALUE", `offset must be 0 or more, got ${offset}`);
  const bounds = { max: LIMITS.listJobsResultsMax, byDefault: LIMITS.listJobsResultsDefault };
  return { maxResults: pageSize("limit", limit, bounds), offset, pageToken };
}

export function listRunsInput(request: RequestOf<(typeof endpoints)["listJobRuns"]>): JobRunQuery {
  const { active_only: isActive, completed_only: isCompleted, run_type: runType } = request;
  if (isActive && isCompleted) {
    throw new AppError("INVALID_PARAMETER_VALUE", "only one of active_only and completed_only can be true");
  }
  if (runType !== undefined && runType !== "JOB_RUN" && runType !== "SUBMIT_RUN") {
    const message = `run_type must be JOB_RUN or SUBMIT_RUN, got ${JSON.stringify(runType)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  return {
    ...pageOf(request),
    jobId: request.job_id,
    only: isActive ? ("active" as const) : isCompleted ? ("completed" as const) : undefined,
    runType,
    startTimeFromMs: request.start_time_from,
    startTimeToMs: request.start_time_to,
  };
}

/** The number of entries per page. As on Databricks, 0 means the maximum. */
export function pageSize(
  field: string,
  asked: number | undefined,
  { max, byDefault }: { readonly max: number; readonly byDefault: number },
): number {
  if (asked === undefined) return byDefault;
  if (asked === 0) return max;
  if (asked > 0 && asked <= max) return asked;
  throw new AppError("INVALID_PARAMETER_VALUE", `${field} must be 0..${max}, got ${asked}`);
}

/** Rejects an invalid task when it is defined rather than when it runs. Loads the code that runs tasks. */
export async function checkSpec({ task, libraries, cluster }: JobTaskSpec): Promise<void> {
  const asked = "newCluster" in cluster ? cluster.newCluster : undefined;
  if (asked !== undefined) checkLogDestination(asked);
  if (task.kind === "spark_submit" && asked !== undefined && sparkWorkersOf(asked) === 0) {
    throw new AppError("INVALID_PARAMETER_VALUE", SUBMIT_NEEDS_WORKERS);
  }
  const { checkTask } = await import("./execution/check-task.ts");
  checkTask({ task, libraries, sparkEnvVars: asked?.spark_env_vars ?? {} });
}

const SUBMIT_NEEDS_WORKERS =
  "a spark_submit_task needs a cluster with workers, new_cluster.num_workers of at least 1";

/** Logs must go to DBFS. Unchecked, other paths would look like local folders or buckets. */
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
