import type { SubmitRunInput } from "@flightdeck/client";
import { followJobRun } from "@flightdeck/client/databricks";
import { AppError, isAppError } from "@flightdeck/core";
import type { JobRunWire } from "@flightdeck/protocol";
import type { Command } from "commander";
import type { Table } from "../../output/format.ts";
import { note, printJson, printLine, printResult } from "../../output/print.ts";
import { JSON_OPTION, type JsonFlag, parseCount, parseOffset } from "../options.ts";
import {
  apiVersionOption,
  JSON_FILE_OPTION,
  type OutputFlags,
  outputOption,
  printAsTable,
  printForReader,
  PROFILE_OPTION,
  type ProfileFlag,
  readRequest,
  REQUEST_OPTION,
  type RequestFlags,
  wantsJson,
  withGroupOptions,
} from "./options.ts";
import { withWorkspace, type WorkspaceSession } from "./with-workspace.ts";

const JOB_RUN_ID = ["--run-id <ID>", "Id of the run.", parseCount] as const;

type SubmitFlags = ProfileFlag & RequestFlags & { readonly wait?: boolean | undefined };

type OneRun = ProfileFlag & { readonly runId: number };

type GetFlags = OneRun & OutputFlags;

type CancelFlags = OneRun & JsonFlag;

type ListFlags = ProfileFlag &
  OutputFlags & {
    readonly jobId?: number | undefined;
    readonly activeOnly?: boolean | undefined;
    readonly completedOnly?: boolean | undefined;
    readonly offset?: number | undefined;
    readonly limit?: number | undefined;
  };

const LIMIT_DEFAULT = 20;

/** Long enough for a restart of the workspace. After that, a person at a terminal wants to know. */
const OUTAGE_MAX_MS = 15_000;

/** `flightdeck databricks runs …`: manages job runs, which are not MLflow runs. */
export function defineJobRuns(runs: Command): void {
  runs.option(...PROFILE_OPTION);
  runs
    .command("submit")
    .description("Submit a one-time run, and print its id as JSON.")
    .option(...JSON_FILE_OPTION)
    .option(...REQUEST_OPTION)
    .option("--wait", "Wait for the run to end and show its output meanwhile.")
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(submitRun));
  addReaders(runs);
  runs
    .command("cancel")
    .description("Cancel a run.")
    .requiredOption(...JOB_RUN_ID)
    .option(...JSON_OPTION)
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(cancelRun));
}

function addReaders(runs: Command): void {
  runs
    .command("list")
    .description("List runs, newest first.")
    .option("--job-id <ID>", "Only runs of this job.", parseCount)
    .option("--active-only", "Only runs that have not ended.")
    .option("--completed-only", "Only runs that have ended.")
    .option("--offset <INTEGER>", "How many runs to skip.", parseOffset)
    .option("--limit <INTEGER>", "Maximum number of runs (default: 20).", parseCount)
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(listRuns));
  runs
    .command("get")
    .description("Show a run.")
    .requiredOption(...JOB_RUN_ID)
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(getRun));
  runs
    .command("get-output")
    .description("Show the output of a run.")
    .requiredOption(...JOB_RUN_ID)
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(getRunOutput));
}

async function submitRun({ wait, ...flags }: SubmitFlags): Promise<void> {
  // Validated by the server: Databricks knows more fields than we do.
  const request = (await readRequest(flags)) as SubmitRunInput;
  await withWorkspace(flags, async (session) => {
    const run = await session.client.jobs.submit(request);
    printJson(run);
    if (wait === true) await waitForRun(session, run.run_id);
  });
}

async function listRuns(flags: ListFlags): Promise<void> {
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

async function getRun(flags: GetFlags): Promise<void> {
  const run = await withWorkspace(flags, ({ client }) => client.jobs.getRun(flags.runId));
  printForReader(flags, () => tableOf([run]), run);
}

async function cancelRun({ runId, ...flags }: CancelFlags): Promise<void> {
  await withWorkspace(flags, ({ client }) => client.jobs.cancelRun(runId));
  printResult(flags.json, `Run ${runId} is being cancelled.`, { run_id: runId });
}

/** Prints the task's output for people and the full response for programs. */
async function getRunOutput(flags: GetFlags): Promise<void> {
  const output = await withWorkspace(flags, ({ client }) => client.jobs.getRunOutput(flags.runId));
  printForReader(flags, () => tableOf([output.metadata]), output);
  if (!process.stdout.isTTY || wantsJson(flags, false)) return;
  printLine(`\n${output.logs}${output.logs_truncated ? "\n(and more before)" : ""}`);
  if (output.error !== undefined) printLine(output.error);
}

/**
 * Waits for a run to finish and throws if it did not succeed. States and output go to stderr, because stdout holds only
 * the run's id. Ctrl-C stops waiting; the run continues.
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
      note(
        `run ${jobRunId} is still running; cancel it with: flightdeck databricks runs cancel --run-id ${jobRunId}`,
      );
    }
    throw error;
  }
}

/** Prints each state, with its message only if that has changed. */
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
