import type { SubmitRunInput } from "@flightdeck/client";
import type { JobRunWire } from "@flightdeck/protocol";
import { printJson, printLine } from "../../../output/print.ts";
import { printResult } from "../../../output/print-result.ts";
import type { Table } from "../../../output/format-table.ts";
import type { JsonFlag } from "../../json-option.ts";
import { type OutputFlags, printAsTable, printForReader } from "../output-options.ts";
import { readRequest, type RequestFlags } from "../request-options.ts";
import type { ProfileFlag } from "../workspace-options.ts";
import { withWorkspace } from "../with-workspace.ts";
import { waitForRun } from "./wait-for-run.ts";

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
  printResult(flags.json, `Run ${runId} is asked to end.`, { run_id: runId });
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
