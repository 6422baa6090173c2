import { runInfoToWire, runToWire } from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";
import { pageToken } from "../api/page-token.ts";
import { present } from "../api/present.ts";

type RunHandlers = Pick<
  Handlers,
  "createRun" | "getRun" | "updateRun" | "deleteRun" | "restoreRun" | "searchRuns"
>;

export const runHandlers: RunHandlers = {
  createRun: async (request, { store, principal }) => {
    const run = await store.tracking.createRun({
      experimentId: request.experiment_id,
      userId: request.user_id === "" ? principal.name : request.user_id,
      tags: request.tags,
      ...present({ runName: request.run_name, startTimeMs: request.start_time }),
    });
    return { run: runToWire(run) };
  },
  getRun: async ({ run_id: runId }, { store }) => {
    return { run: runToWire(await store.tracking.getRun(runId)) };
  },
  updateRun: async (request, { store }) => {
    const info = await store.tracking.updateRun({
      runId: request.run_id,
      ...present({ status: request.status, endTimeMs: request.end_time, runName: request.run_name }),
    });
    return { run_info: runInfoToWire(info) };
  },
  deleteRun: async ({ run_id: runId }, { store }) => {
    await store.tracking.deleteRun(runId);
    return {};
  },
  restoreRun: async ({ run_id: runId }, { store }) => {
    await store.tracking.restoreRun(runId);
    return {};
  },
  searchRuns: async (request, { store }) => {
    const page = await store.tracking.searchRuns({
      experimentIds: request.experiment_ids,
      runViewType: request.run_view_type,
      orderBy: request.order_by,
      ...present({ filter: request.filter, maxResults: request.max_results, pageToken: request.page_token }),
    });
    return { runs: page.items.map(runToWire), ...pageToken(page) };
  },
};
