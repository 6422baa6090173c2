import type { RequestOf, endpoints } from "@flightdeck/protocol";
import { LIMITS } from "@flightdeck/protocol";
import type { ListJobRunsInput } from "@flightdeck/store";
import { AppError } from "@flightdeck/core";
import { present } from "../api/present.ts";
import { pageSize } from "./page-size.ts";

type Asked = {
  readonly limit?: number | undefined;
  readonly offset: number;
  readonly page_token?: string | undefined;
};

/** Where a listing of jobs or runs begins, and how much of it is given. */
export function pageOf({ limit, offset, page_token: pageToken }: Asked): {
  readonly maxResults: number;
  readonly offset: number;
  readonly pageToken?: string;
} {
  if (offset < 0) throw new AppError("INVALID_PARAMETER_VALUE", `offset must be 0 or more, got ${offset}`);
  const bounds = { max: LIMITS.listJobsResultsMax, byDefault: LIMITS.listJobsResultsDefault };
  return { maxResults: pageSize("limit", limit, bounds), offset, ...present({ pageToken }) };
}

export function listRunsInput(request: RequestOf<(typeof endpoints)["listJobRuns"]>): ListJobRunsInput {
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
    ...present({
      jobId: request.job_id,
      only: isActive ? ("active" as const) : isCompleted ? ("completed" as const) : undefined,
      runType,
      startTimeFromMs: request.start_time_from,
      startTimeToMs: request.start_time_to,
    }),
  };
}
