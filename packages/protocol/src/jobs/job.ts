import { AppError } from "@flightdeck/core";
import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { foreignJson, int64, longText, repeated, textMap } from "../forms.ts";
import {
  jobClusterSchema,
  type JobTaskSpec,
  taskSettingsSchema,
  type TaskSettingsWire,
  taskSpecFromWire,
} from "./job-tasks.ts";

const parameterSchema = z.object({ name: longText, default: longText.default("") });

/** A trigger that starts a job automatically. This is not supported here, so it must be paused. */
const startsItself = z.object({ pause_status: longText.optional() }).catchall(foreignJson).optional();

/**
 * The definition of a job: with a list of tasks as in API 2.1 and 2.2, or with the fields of one task next to those of
 * the job as in API 2.0.
 */
export const jobSettingsSchema = taskSettingsSchema.extend({
  name: longText.optional(),
  description: longText.optional(),
  format: longText.optional(),
  tags: textMap.optional(),
  tasks: repeated(taskSettingsSchema, LIMITS.requestItemsMax),
  job_clusters: repeated(jobClusterSchema, LIMITS.requestItemsMax),
  parameters: repeated(parameterSchema, LIMITS.requestItemsMax),
  max_concurrent_runs: int64.optional(),
  queue: z.object({ enabled: z.boolean() }).optional(),
  git_source: foreignJson.optional(),
  schedule: startsItself,
  trigger: startsItself,
  continuous: startsItself,
});
/**
 * The settings of a job (https://docs.databricks.com/api/workspace/jobs/create), as sent to `jobs/create` and returned
 * by `jobs/get`.
 */
export type JobSettingsWire = z.output<typeof jobSettingsSchema>;

export const jobSchema = z.object({
  job_id: int64,
  created_time: int64.default(0),
  creator_user_name: z.string().default(""),
  settings: jobSettingsSchema,
});
/** A job in Databricks' API (https://docs.databricks.com/api/workspace/jobs/get). */
export type JobWire = z.output<typeof jobSchema>;

/** A stored job. Times are UTC milliseconds. */
export type Job = {
  readonly jobId: number;
  readonly creatorUserName: string;
  readonly createdTimeMs: number;
  readonly settings: JobSettingsWire;
};

/** Converts a job to its wire form. */
export function jobToWire({ jobId, createdTimeMs, creatorUserName, settings }: Job): JobWire {
  const format = settings.tasks.length > 0 ? "MULTI_TASK" : "SINGLE_TASK";
  return {
    job_id: jobId,
    created_time: createdTimeMs,
    creator_user_name: creatorUserName,
    settings: { ...settings, format },
  };
}

/** Throws `INVALID_PARAMETER_VALUE` for settings that are not supported here. */
export function jobTaskSpecFromWire(settings: JobSettingsWire): JobTaskSpec {
  if (settings.git_source !== undefined)
    throw refused("git_source is not supported here: put the code in DBFS");
  for (const name of ["schedule", "trigger", "continuous"] as const) {
    if (settings[name] === undefined || settings[name].pause_status === "PAUSED") continue;
    throw refused(
      `${name} is not supported here: jobs run only on run-now; remove it or set its pause_status to PAUSED`,
    );
  }
  const spec = taskSpecFromWire(onlyTask(settings), settings.job_clusters);
  return {
    ...spec,
    timeoutSeconds: shorter(spec.timeoutSeconds, settings.timeout_seconds ?? 0),
    withoutEffect: WITHOUT_EFFECT.filter((name) => name in settings || name in onlyTask(settings)),
  };
}

/** Fields that are accepted because clients send them, but have no effect; the run's state message lists them. */
const WITHOUT_EFFECT = [
  "email_notifications",
  "webhook_notifications",
  "notification_settings",
  "health",
  "max_retries",
  "min_retry_interval_millis",
  "retry_on_timeout",
  "run_as",
  "run_if",
  "access_control_list",
];

/** Without a list of tasks, the settings themselves contain the task's fields. */
function onlyTask(settings: JobSettingsWire): TaskSettingsWire {
  const [task, ...more] = settings.tasks;
  if (task === undefined) return settings;
  if (more.length === 0) return task;
  const keys = settings.tasks.map(({ task_key: key }) => key ?? "?").join(", ");
  throw refused(
    `a job must have exactly one task here, got ${settings.tasks.length}: ${keys}; create a job for each`,
  );
}

/** The shorter of two timeouts, where 0 means none. */
function shorter(one: number, other: number): number {
  if (one < 0 || other < 0) throw refused(`timeout_seconds must be 0 or more, got ${Math.min(one, other)}`);
  return one === 0 || other === 0 ? one + other : Math.min(one, other);
}

function refused(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
