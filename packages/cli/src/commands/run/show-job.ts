import type { JobState, SubmittedJob } from "@flightdeck/projects";
import { note } from "../../output/print.ts";

/** Shows where a job of a workspace is. */
export function showJob({ runId, jobRunId, runPageUrl }: SubmittedJob): void {
  note(`run ${runId}: submitted as job run ${jobRunId}${runPageUrl === undefined ? "" : `, ${runPageUrl}`}`);
}

/** Shows a state that the job has come to. */
export function showJobState({ lifeCycleState, resultState, message }: JobState): void {
  const state = resultState === undefined ? lifeCycleState : `${lifeCycleState} ${resultState}`;
  note(`job ${state}${message === "" ? "" : `: ${message}`}`);
}
