import { z } from "zod";
import { experiment } from "../access.ts";
import { endpoint } from "../endpoint.ts";
import { bool, int64, longText, repeated, shortText, viewTypeSchema } from "../forms.ts";
import { experimentId } from "../ids.ts";
import { LIMITS } from "../limits.ts";

/** The maximum number of runs in an outline: 3.5 MB of JSON, half of it when compressed. */
export const OUTLINE_RUNS_MAX = 100_000;
/** The maximum number of keys of each kind. More than a person would look through; the page searches them. */
export const RUN_KEYS_MAX = 5000;
/** The number of values suggested for one key. */
export const RUN_VALUES_MAX = 20;

const experimentIds = repeated(experimentId, LIMITS.requestExperimentsMax);

/**
 * Flightdeck's own calls, with which the page shows many runs without loading all of them. The outline lists the
 * matching runs in order; the page then fetches the runs in view by id. Keys and values complete what a user types into
 * a filter.
 */
export const runTableEndpoints = {
  outlineRuns: endpoint({
    methods: ["POST"],
    path: "/flightdeck/runs/outline",
    reads: ({ experiment_ids: ids }) => ids.map(experiment),
    request: z.object({
      experiment_ids: experimentIds,
      filter: longText.optional(),
      run_view_type: viewTypeSchema.default("ACTIVE_ONLY"),
      order_by: repeated(longText, LIMITS.requestItemsMax),
    }),
    response: z.object({
      run_ids: repeated(z.string()),
      /** The distinct ids of the runs' parents, whether or not they match the filter. */
      parent_ids: repeated(z.string()),
      /** The index of each run's parent in `parent_ids`; -1 for a run without a parent. */
      parents: repeated(int64),
      /** Whether more runs match than an outline lists. */
      is_cut: bool,
    }),
  }),
  listRunKeys: endpoint({
    methods: ["POST"],
    path: "/flightdeck/runs/keys",
    reads: ({ experiment_ids: ids }) => ids.map(experiment),
    request: z.object({ experiment_ids: experimentIds }),
    /** Sorted; at most 5,000 of each. */
    response: z.object({
      metrics: repeated(z.string()),
      params: repeated(z.string()),
      tags: repeated(z.string()),
    }),
  }),
  listRunValues: endpoint({
    methods: ["POST"],
    path: "/flightdeck/runs/values",
    reads: ({ experiment_ids: ids }) => ids.map(experiment),
    request: z.object({
      experiment_ids: experimentIds,
      kind: z.enum(["params", "tags"]),
      key: shortText,
      /** Only values that contain this text, ignoring case. */
      contains: shortText.default(""),
    }),
    /** Most frequent first. Values too long to choose from a list are left out. */
    response: z.object({
      values: repeated(z.object({ value: z.string(), run_count: int64 })),
    }),
  }),
};
