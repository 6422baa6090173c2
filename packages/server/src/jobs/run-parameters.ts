import { AppError } from "@flightdeck/core";
import {
  type Job,
  type JobRunParameters,
  type JobTask,
  type JobTaskSpec,
  jobTaskSpecFromWire,
} from "@flightdeck/protocol";

/** What a run of a job does: what the job says, with what `run-now` says in its place. */
export function specOfRun(job: Job, parameters: JobRunParameters): JobTaskSpec {
  const spec = jobTaskSpecFromWire(job.settings);
  const values = valuesOf(job, parameters.jobParameters ?? {});
  return { ...spec, task: resolved(overridden(spec.task, parameters), values) };
}

function overridden(task: JobTask, { pythonParams }: JobRunParameters): JobTask {
  if (pythonParams === undefined) return task;
  if (task.kind === "spark_python") return { ...task, parameters: pythonParams };
  throw refused("python_params are for a spark_python_task, and this job has a shell_command_task");
}

function valuesOf({ jobId, settings }: Job, given: Readonly<Record<string, string>>): Map<string, string> {
  const values = new Map(settings.parameters.map(({ name, default: value }) => [name, value]));
  for (const [name, value] of Object.entries(given)) {
    if (!values.has(name)) {
      const known = [...values.keys()].join(", ") || "none";
      throw refused(`the job has no parameter ${JSON.stringify(name)}; it has ${known}`);
    }
    values.set(name, value);
  }
  const own = [...values].map(([name, value]): [string, string] => [`job.parameters.${name}`, value]);
  return new Map([...own, ["job.id", String(jobId)], ["job.name", settings.name ?? ""]]);
}

/**
 * Puts values into parameters and variables, never into a command: what a parameter holds must stay text there, and a
 * shell would read it.
 */
function resolved(task: JobTask, values: ReadonlyMap<string, string>): JobTask {
  const put = (text: string): string =>
    text.replaceAll(/\{\{\s*([\w.-]+)\s*\}\}/g, (all, name: string) => values.get(name) ?? all);
  if (task.kind === "spark_python") return { ...task, parameters: task.parameters.map(put) };
  const entries = Object.entries(task.envVars).map(([name, value]) => [name, put(value)]);
  return { ...task, envVars: Object.fromEntries(entries) as Record<string, string> }; // The same names.
}

function refused(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
