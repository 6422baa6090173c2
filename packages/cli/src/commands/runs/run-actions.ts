import { runToWire } from "@flightdeck/protocol";
import { formatTime } from "../../output/format-time.ts";
import { printJson } from "../../output/print.ts";
import { printResult } from "../../output/print-result.ts";
import { printRecords } from "../../output/print-table.ts";
import type { DataDirFlag } from "../../tracking/data-dir.ts";
import { withTracking } from "../../tracking/with-tracking.ts";
import type { JsonFlag } from "../json-option.ts";
import { takeAtMost } from "../take-at-most.ts";
import { type View, viewTypeOf } from "../view-type.ts";
import { describedRun } from "./described-run.ts";

export type RunFlags = DataDirFlag & JsonFlag & { readonly runId: string };
export type ListFlags = DataDirFlag &
  JsonFlag & {
    readonly experimentId: string;
    readonly view: View;
    readonly filter?: string;
    readonly orderBy?: string;
    readonly maxResults?: number;
  };

export async function listRuns(flags: ListFlags): Promise<void> {
  const found = await withTracking(flags, async ({ client }) => {
    const { experimentId } = await client.getExperiment(flags.experimentId);
    const search = {
      experimentIds: [experimentId],
      runViewType: viewTypeOf(flags.view),
      filter: flags.filter,
      orderBy: flags.orderBy === undefined ? [] : [flags.orderBy],
    };
    return await takeAtMost(client.searchRunsAll(search), flags.maxResults);
  });
  const table = (): { headers: string[]; rows: string[][] } => ({
    headers: ["Date", "Name", "Status", "ID"],
    rows: found.map(({ info }) => [formatTime(info.startTimeMs), info.runName, info.status, info.runId]),
  });
  printRecords(flags.json, table, found.map(runToWire));
}

export async function describeRun(flags: RunFlags): Promise<void> {
  printJson(describedRun(await withTracking(flags, ({ client }) => client.getRun(flags.runId))));
}

export async function closeRun(flags: RunFlags): Promise<void> {
  const { closeAbandonedRun } = await import("@flightdeck/projects");
  const { status } = await withTracking(flags, ({ client }) => closeAbandonedRun(client, flags.runId));
  printResult(flags.json, `Run with ID ${flags.runId} is ${status}.`, { run_id: flags.runId, status });
}

export async function deleteRun(flags: RunFlags): Promise<void> {
  await withTracking(flags, ({ client }) => client.deleteRun(flags.runId));
  const result = { run_id: flags.runId, lifecycle_stage: "deleted" };
  printResult(flags.json, `Run with ID ${flags.runId} has been deleted.`, result);
}

export async function restoreRun(flags: RunFlags): Promise<void> {
  await withTracking(flags, ({ client }) => client.restoreRun(flags.runId));
  const result = { run_id: flags.runId, lifecycle_stage: "active" };
  printResult(flags.json, `Run with id ${flags.runId} has been restored.`, result);
}
