import type { JobState, SubmittedJob } from "@flightdeck/projects";
import { note } from "../../output/print.ts";

/** Shows where a job of a workspace is. */
export function showJob({ runId, jobRunId, runPageUrl }: SubmittedJob): void {
  note(`run ${runId}: submitted as job run ${jobRunId}${runPageUrl === undefined ? "" : `, ${runPageUrl}`}`);
}

/** Shows each state that a job comes to, with as much of its message as was not said before. */
export function showJobStates(): (state: JobState) => void {
  let said = "";
  return ({ lifeCycleState, resultState, message }) => {
    const state = resultState === undefined ? lifeCycleState : `${lifeCycleState} ${resultState}`;
    const fresh = said.includes(message) ? "" : message.replace(said, "").trim();
    if (message.length > said.length) said = message;
    note(`job ${state}${fresh === "" ? "" : `: ${fresh}`}`);
  };
}
