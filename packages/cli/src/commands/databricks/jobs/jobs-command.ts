import type { Command } from "commander";
import { JSON_OPTION } from "../../json-option.ts";
import { parseCount } from "../../option-parsers.ts";
import { apiVersionOption } from "../api-version-option.ts";
import { outputOption } from "../output-options.ts";
import { JSON_FILE_OPTION, REQUEST_OPTION } from "../request-options.ts";
import { PROFILE_OPTION } from "../workspace-options.ts";
import type * as Actions from "./job-actions.ts";

const JOB_ID = ["--job-id <ID>", "Id of the job.", parseCount] as const;

/** `flightdeck databricks jobs …`: jobs that are kept; what runs once is submitted by `runs`. */
export function addJobsCommand(databricks: Command): void {
  const jobs = databricks
    .command("jobs")
    .description("Work with jobs.")
    .option(...PROFILE_OPTION);
  jobs
    .command("create")
    .description("Create a job and print its id as JSON.")
    .option(...JSON_FILE_OPTION)
    .option(...REQUEST_OPTION)
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).createJob(command.optsWithGlobals()),
    );
  addReaders(jobs);
  jobs
    .command("reset")
    .description("Replace all settings of a job.")
    .option(...JOB_ID)
    .option(...JSON_FILE_OPTION)
    .option(...REQUEST_OPTION)
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).resetJob(command.optsWithGlobals()),
    );
  jobs
    .command("delete")
    .description("Delete a job.")
    .requiredOption(...JOB_ID)
    .option(...JSON_OPTION)
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).deleteJob(command.optsWithGlobals()),
    );
  addRunNow(jobs);
}

function addReaders(jobs: Command): void {
  jobs
    .command("list")
    .description("List jobs by name.")
    .option("--name <TEXT>", "Only jobs of this name.")
    .option("--limit <INTEGER>", "The most to show (default: all).", parseCount)
    .option("--all", "Accepted: all are shown.")
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).listJobs(command.optsWithGlobals()),
    );
  jobs
    .command("get")
    .description("Show a job.")
    .requiredOption(...JOB_ID)
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) => (await actions()).getJob(command.optsWithGlobals()));
}

function addRunNow(jobs: Command): void {
  jobs
    .command("run-now")
    .description("Run a job and print the run's id as JSON.")
    .requiredOption(...JOB_ID)
    .option("--jar-params <JSON>", "List of parameters of a JAR task.")
    .option("--notebook-params <JSON>", "Parameters of a notebook task by name.")
    .option("--python-params <JSON>", 'List of parameters of a Python task: ["a", "b"].')
    .option("--python-named-params <JSON>", "Parameters of a Python wheel task by name.")
    .option("--spark-submit-params <JSON>", "List of parameters of spark-submit.")
    .option("--idempotency-token <TEXT>", "A second call with the same text gives the same run.")
    .option("--wait", "Show what the run writes, and end with it.")
    .option(...JSON_OPTION)
    .addOption(apiVersionOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) => (await actions()).runNow(command.optsWithGlobals()));
}

function actions(): Promise<typeof Actions> {
  return import("./job-actions.ts");
}
