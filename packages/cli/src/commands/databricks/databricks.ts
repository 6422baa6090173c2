import type { Command } from "commander";
import { addLazyCommands, type LazyCommand } from "../lazy-command.ts";
import { PROFILE_OPTION } from "./options.ts";

const COMMANDS: readonly LazyCommand[] = [
  {
    name: "configure",
    description: "Save the address and token of a workspace as a profile. Asks for missing values.",
    load: async () => (await import("./configure.ts")).defineConfigure,
  },
  {
    name: "fs",
    description: "Work with files in DBFS (dbfs:/…).",
    load: async () => (await import("./fs.ts")).defineFs,
  },
  {
    name: "jobs",
    description: "Work with jobs.",
    load: async () => (await import("./jobs.ts")).defineJobs,
  },
  {
    name: "runs",
    description: "Work with runs of jobs.",
    load: async () => (await import("./job-runs.ts")).defineJobRuns,
  },
  {
    name: "clusters",
    description: "Work with clusters.",
    load: async () => (await import("./clusters.ts")).defineClusters,
  },
  {
    name: "workspace",
    description: "Work with the workspace's folders and experiments.",
    load: async () => (await import("./workspace.ts")).defineWorkspace,
  },
  {
    name: "tokens",
    description: "Manage your own tokens.",
    load: async () => (await import("./tokens.ts")).defineWorkspaceTokens,
  },
];

/** `flightdeck databricks …`, with the arguments of version 0.18 of the `databricks` command. */
export function defineDatabricks(databricks: Command): void {
  databricks.option(...PROFILE_OPTION);
  addLazyCommands(databricks, COMMANDS);
}
