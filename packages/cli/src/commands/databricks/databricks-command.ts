import type { Command } from "commander";
import { addClustersCommand } from "./clusters/clusters-command.ts";
import { addConfigureCommand } from "./configure/configure-command.ts";
import { addFsCommand } from "./fs/fs-command.ts";
import { addJobRunsCommand } from "./job-runs/job-runs-command.ts";
import { addJobsCommand } from "./jobs/jobs-command.ts";
import { PROFILE_OPTION } from "./workspace-options.ts";
import { addWorkspaceTokensCommand } from "./tokens/workspace-tokens-command.ts";
import { addWorkspaceCommand } from "./workspace/workspace-command.ts";

/** `flightdeck databricks …`, with the arguments of the `databricks` command 0.18. */
export function addDatabricksCommand(program: Command): void {
  const databricks = program
    .command("databricks")
    .description("Work with a Databricks workspace, or a Flightdeck server as one.")
    .option(...PROFILE_OPTION);
  addConfigureCommand(databricks);
  addFsCommand(databricks);
  addJobsCommand(databricks);
  addJobRunsCommand(databricks);
  addClustersCommand(databricks);
  addWorkspaceCommand(databricks);
  addWorkspaceTokensCommand(databricks);
}
