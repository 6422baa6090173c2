import type { SubmitRunInput } from "@flightdeck/client";
import { followJobRun } from "@flightdeck/client/databricks";
import { AppError, isAppError } from "@flightdeck/core";
import type { JobRunWire } from "@flightdeck/protocol";
import { note, printJson, printLine } from "../../../output/print.ts";
import { printResult } from "../../../output/print-result.ts";
import type { Table } from "../../../output/format-table.ts";
import type { JsonFlag } from "../../json-option.ts";
import { type OutputFlags, printAsTable, printForReader } from "../output-options.ts";
import { readRequest, type RequestFlags } from "../request-options.ts";
import type { ProfileFlag } from "../workspace-options.ts";
import { withWorkspace, type WorkspaceSession } from "../with-workspace.ts";

export type SubmitFlags = ProfileFlag & RequestFlags & { readonly wait?: boolean };
type OneRun = ProfileFlag & { readonly runId: number };
export type GetFlags = OneRun & OutputFlags;
export type CancelFlags = OneRun & JsonFlag;
export type ListFlags = ProfileFlag &
  OutputFlags & {
    readonly jobId?: number;
    readonly activeOnly?: boolean;
    readonly completedOnly?: boolean;
    readonly offset?: number;
    readonly limit?: number;
  };

const LIMIT_DEFAULT = 20;
/** Outlasts a restart of the workspace; beyond, a person at a terminal wants to know. */
const OUTAGE_MAX_MS = 15_000;

export async function submitRun({ wait, ...flags }: SubmitFlags): Promise<void> {
  // The server checks it: a workspace of Databricks knows more fields than we do.
  const request = (await readRequest(flags)) as SubmitRunInput;
  await withWorkspace(flags, async (session) => {
    const run = await session.client.jobs.submit(request);
    printJson(run);
    if (wait === true) await waitForRun(session, run.run_id);
  });
}

export async function listRuns(flags: ListFlags): Promise<void> {
  const { jobId, activeOnly, completedOnly, offset, limit = LIMIT_DEFAULT } = flags;
  const page = await withWorkspace(flags, ({ client }) =>
    client.jobs.listRuns({
      job_id: jobId,
      active_only: activeOnly,
      completed_only: completedOnly,
      offset,
      limit,
    }),
  );
  printAsTable(flags, () => tableOf(page.runs), page);
}

export async function getRun(flags: GetFlags): Promise<void> {
  const run = await withWorkspace(flags, ({ client }) => client.jobs.getRun(flags.runId));
  printForReader(flags, () => tableOf([run]), run);
}

export async function cancelRun({ runId, ...flags }: CancelFlags): Promise<void> {
  await withWorkspace(flags, ({ client }) => client.jobs.cancelRun(runId));
  printResult(flags.json, `Run ${runId} is being cancelled.`, { run_id: runId });
}

/** People see what the task wrote; programs get all of the answer. */
export async function getRunOutput(flags: GetFlags): Promise<void> {
  const output = await withWorkspace(flags, ({ client }) => client.jobs.getRunOutput(flags.runId));
  printForReader(flags, () => tableOf([output.metadata]), output);
  if (process.stdout.isTTY && flags.json !== true && flags.output?.toUpperCase() !== "JSON") {
    printLine(`\n${output.logs}${output.logs_truncated ? "\n(and more before)" : ""}`);
    if (output.error !== undefined) printLine(output.error);
  }
}

/**
 * Waits until a run has ended, and throws when it did not succeed. States and output go to stderr: stdout holds the run's id
 * alone. Ctrl-C ends the wait; the run goes on.
 */
export async function waitForRun({ client, signal }: WorkspaceSession, jobRunId: number): Promise<void> {
  try {
    const run = await followJobRun(client.jobs, jobRunId, {
      signal,
      outageMaxMs: OUTAGE_MAX_MS,
      onState: showState(),
      onOutput: (text) => void process.stderr.write(text),
    });
    if (run.state.result_state !== "SUCCESS") throw failed(run);
  } catch (error) {
    if (isAppError(error, "CANCELLED") || isAppError(error, "TEMPORARILY_UNAVAILABLE")) {
      note(`run ${jobRunId} goes on; end it by: flightdeck databricks runs cancel --run-id ${jobRunId}`);
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

function tableOf(runs: readonly JobRunWire[]): Table {
  return {
    headers: ["Id", "Name", "State", "Result", "Page"],
    rows: runs.map(({ run_id: id, run_name: name, state, run_page_url: page }) => [
      String(id),
      name,
      state.life_cycle_state,
      state.result_state ?? "n/a",
      page,
    ]),
  };
}
