import type { Handlers } from "../calls/handler.ts";

type RunTableHandlers = Pick<Handlers, "outlineRuns" | "listRunKeys" | "listRunValues">;

/** Queries for a table of many runs, in addition to `searchRuns`. */
export const runTableHandlers: RunTableHandlers = {
  outlineRuns: async (request, { store }) => {
    const { runs, isCut } = await store.runTable.outlineRuns({
      experimentIds: request.experiment_ids,
      runViewType: request.run_view_type,
      orderBy: request.order_by,
      filter: request.filter,
    });
    const indexOf = new Map<string, number>();
    const parents = runs.map(({ parentRunId: id }) => {
      if (id === undefined) return -1;
      const index = indexOf.get(id) ?? indexOf.size;
      indexOf.set(id, index);
      return index;
    });
    return {
      run_ids: runs.map(({ runId }) => runId),
      parent_ids: [...indexOf.keys()],
      parents,
      is_cut: isCut,
    };
  },
  listRunKeys: async ({ experiment_ids: experimentIds }, { store }) => {
    const { metrics, params, tags } = await store.runTable.listRunKeys(experimentIds);
    return { metrics: [...metrics], params: [...params], tags: [...tags] };
  },
  listRunValues: async ({ experiment_ids: experimentIds, kind, key, contains }, { store }) => {
    const values = await store.runTable.listRunValues({ experimentIds, kind, key, contains });
    return { values: values.map(({ value, runCount }) => ({ value, run_count: runCount })) };
  },
};
