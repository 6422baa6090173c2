import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { empty, bool, foreignJson, int64, longText, repeated, shortText, textMap } from "../forms.ts";
import { ADMINS_CHANGE, ADMINS_READ } from "../access.ts";
import { changed, changesNothingFollowed, endpoint } from "../endpoint.ts";
import { jobSchema, jobSettingsSchema } from "./job.ts";
import { jobRunSchema } from "./job-runs.ts";

const ofRun = z.object({ run_id: int64 });
const ofJob = z.object({ job_id: int64 });
const ofBoth = z.object({ run_id: int64, number_in_job: int64.default(0) });

const paged = {
  limit: int64.optional(),
  offset: int64.default(0),
  page_token: longText.optional(),
};
/**
 * MLflow uses 2.0, the old command line 2.0 or 2.1, databricks-sdk 2.2. All calls are for admins: a job runs any
 * command as the server's user, so whoever may run one can do everything, and definitions and logs may contain secrets.
 */
const common = { versions: ["2.0", "2.1", "2.2"] } as const;

/** Jobs and their runs (https://docs.databricks.com/api/workspace/jobs). */
export const jobEndpoints = {
  submitJobRun: endpoint({
    ...common,
    access: ADMINS_CHANGE,
    changes: (_request, { run_id: id }) => [changed.jobRun(id)],
    startsPrograms: true,
    methods: ["POST"],
    path: "/jobs/runs/submit",
    request: jobSettingsSchema.extend({
      run_name: shortText.optional(),
      idempotency_token: shortText.optional(),
    }),
    response: ofBoth,
  }),
  getJobRun: endpoint({
    ...common,
    access: ADMINS_READ,
    methods: ["GET"],
    path: "/jobs/runs/get",
    request: ofRun,
    response: jobRunSchema,
  }),
  listJobRuns: endpoint({
    ...common,
    access: ADMINS_READ,
    methods: ["GET"],
    path: "/jobs/runs/list",
    request: z.object({
      ...paged,
      job_id: int64.optional(),
      active_only: bool.default(false),
      completed_only: bool.default(false),
      run_type: shortText.optional(),
      start_time_from: int64.optional(),
      start_time_to: int64.optional(),
    }),
    response: z.object({
      runs: repeated(jobRunSchema),
      has_more: bool.default(false),
      next_page_token: z.string().optional(),
    }),
  }),
  cancelJobRun: endpoint({
    ...common,
    access: ADMINS_CHANGE,
    changes: ({ run_id: id }) => [changed.jobRun(id)],
    methods: ["POST"],
    path: "/jobs/runs/cancel",
    request: ofRun,
    response: empty,
  }),
  cancelAllJobRuns: endpoint({
    ...common,
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    methods: ["POST"],
    path: "/jobs/runs/cancel-all",
    request: z.object({ job_id: int64.optional(), all_queued_runs: bool.default(false) }),
    response: empty,
  }),
  deleteJobRun: endpoint({
    ...common,
    access: ADMINS_CHANGE,
    changes: ({ run_id: id }) => [changed.jobRun(id)],
    methods: ["POST"],
    path: "/jobs/runs/delete",
    request: ofRun,
    response: empty,
  }),
  /** `logs` is the tail of the task's output, even while it runs. */
  getJobRunOutput: endpoint({
    ...common,
    access: ADMINS_READ,
    methods: ["GET"],
    path: "/jobs/runs/get-output",
    request: ofRun,
    response: z.object({
      metadata: jobRunSchema,
      logs: z.string().default(""),
      logs_truncated: bool.default(false),
      error: z.string().optional(),
      error_trace: z.string().optional(),
    }),
  }),
  exportJobRun: endpoint({
    ...common,
    access: ADMINS_READ,
    methods: ["GET"],
    path: "/jobs/runs/export",
    request: ofRun.extend({ views_to_export: z.enum(["CODE", "DASHBOARDS", "ALL"]).default("CODE") }),
    response: z.object({
      views: repeated(z.object({ content: z.string(), name: z.string(), type: z.string() })),
    }),
  }),
  createJob: endpoint({
    ...common,
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    startsPrograms: true,
    methods: ["POST"],
    path: "/jobs/create",
    request: jobSettingsSchema,
    response: ofJob,
  }),
  getJob: endpoint({
    ...common,
    methods: ["GET"],
    path: "/jobs/get",
    access: ADMINS_READ,
    request: ofJob,
    response: jobSchema,
  }),
  listJobs: endpoint({
    ...common,
    access: ADMINS_READ,
    methods: ["GET"],
    path: "/jobs/list",
    request: z.object({ ...paged, name: shortText.optional() }),
    response: z.object({
      jobs: repeated(jobSchema),
      has_more: bool.default(false),
      next_page_token: z.string().optional(),
    }),
  }),
  runJobNow: endpoint({
    ...common,
    access: ADMINS_CHANGE,
    changes: (_request, { run_id: id }) => [changed.jobRun(id)],
    startsPrograms: true,
    methods: ["POST"],
    path: "/jobs/run-now",
    request: ofJob.extend({
      idempotency_token: shortText.optional(),
      python_params: z.array(longText).max(LIMITS.requestItemsMax).optional(),
      job_parameters: textMap.optional(),
      jar_params: foreignJson.optional(),
      notebook_params: foreignJson.optional(),
      spark_submit_params: foreignJson.optional(),
      python_named_params: foreignJson.optional(),
      sql_params: foreignJson.optional(),
      dbt_commands: foreignJson.optional(),
      pipeline_params: foreignJson.optional(),
    }),
    response: ofBoth,
  }),
  /** Replaces the given settings. */
  updateJob: endpoint({
    ...common,
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    startsPrograms: true,
    methods: ["POST"],
    path: "/jobs/update",
    request: ofJob.extend({
      new_settings: z.object({}).catchall(foreignJson).optional(),
      fields_to_remove: repeated(shortText, LIMITS.requestItemsMax),
    }),
    response: empty,
  }),
  /** Replaces all settings. */
  resetJob: endpoint({
    ...common,
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    startsPrograms: true,
    methods: ["POST"],
    path: "/jobs/reset",
    request: ofJob.extend({ new_settings: jobSettingsSchema }),
    response: empty,
  }),
  deleteJob: endpoint({
    ...common,
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    methods: ["POST"],
    path: "/jobs/delete",
    request: ofJob,
    response: empty,
  }),
  /** Flightdeck's own call: reads a task's output from an offset, to follow it. Offsets are in bytes. */
  readJobRunLog: endpoint({
    methods: ["GET"],
    path: "/flightdeck/jobs/runs/read-log",
    access: ADMINS_READ,
    request: ofRun.extend({
      stream: z.enum(["stdout", "stderr"]).default("stdout"),
      offset: int64.default(0),
      length: int64.optional(),
    }),
    response: z.object({
      text: z.string().default(""),
      next_offset: int64,
      /** Bytes written so far. */
      size: int64,
      /** Whether the run has ended, so that `size` is final. */
      is_complete: bool,
    }),
  }),
};
