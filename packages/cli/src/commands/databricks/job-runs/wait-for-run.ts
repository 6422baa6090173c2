import { followJobRun } from "@flightdeck/client/databricks";
import { AppError, isAppError } from "@flightdeck/core";
import type { JobRunWire } from "@flightdeck/protocol";
import { note } from "../../../output/print.ts";
import type { WorkspaceSession } from "../with-workspace.ts";

/**
 * Waits for a run's end, shows its states and what it writes beside the output proper, which holds its id alone, and
 * throws when it did not succeed. Ctrl-C ends the waiting; the run goes on.
 */
export async function waitForRun(session: WorkspaceSession, runId: number): Promise<void> {
  const { patientClient, signal } = session;
  try {
    const run = await followJobRun(patientClient.jobs, runId, {
      signal,
      onState: showState(),
      onOutput: (text) => void process.stderr.write(text),
    });
    if (run.state.result_state !== "SUCCESS") throw failed(run);
  } catch (error) {
    if (isAppError(error, "CANCELLED") || isAppError(error, "TEMPORARILY_UNAVAILABLE")) {
      note(`run ${runId} goes on; end it by: flightdeck databricks runs cancel --run-id ${runId}`);
    }
    throw error;
  }
}

/** A state's message stands there as long as it is the same. */
function showState(): (run: JobRunWire) => void {
  let shown = "";
  return ({ run_id: id, state: { life_cycle_state: state, state_message: message }, run_page_url: page }) => {
    note(`run ${id} is ${state}${message === shown ? "" : `: ${message || page}`}`);
    shown = message;
  };
}

function failed({ run_id: id, state }: JobRunWire): AppError {
  const { result_state: result = state.life_cycle_state, state_message: message } = state;
  return new AppError("ABORTED", `run ${id} failed with state ${result} and state message ${message}`);
}
