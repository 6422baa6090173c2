import { type Command, Option } from "commander";
import { JSON_OPTION } from "../../json-option.ts";
import { collect, parseCount, parseOffset } from "../../option-parsers.ts";
import { outputOption } from "../output-options.ts";
import { JSON_FILE_OPTION, REQUEST_OPTION } from "../request-options.ts";
import { PROFILE_OPTION } from "../workspace-options.ts";
import type * as Actions from "./cluster-actions.ts";

const CLUSTER_ID: readonly [string, string] = ["--cluster-id <ID>", "Id of the cluster."];

/** Commands that name a cluster and do one thing to it. */
const VERBS = [
  ["start", "start", "Start a terminated cluster."],
  ["restart", "restart", "Restart a running cluster."],
  ["delete", "delete", "Terminate a cluster; its definition stays."],
  ["permanent-delete", "permanentDelete", "Delete a cluster and its definition."],
] as const;

/** Commands that list what clusters can be made of. */
const LISTS = [
  ["spark-versions", "listSparkVersions", "List the versions that a cluster may ask for."],
  ["list-node-types", "listNodeTypes", "List the machines that a cluster may ask for."],
  ["list-zones", "listZones", "List the zones where clusters may be."],
] as const;

/** `flightdeck databricks clusters …`: definitions of where jobs run. */
export function addClustersCommand(databricks: Command): void {
  const clusters = databricks
    .command("clusters")
    .description("Work with clusters.")
    .option(...PROFILE_OPTION);
  addEditors(clusters);
  addReaders(clusters);
  for (const [name, verb, text] of VERBS) {
    clusters
      .command(name)
      .description(text)
      .requiredOption(...CLUSTER_ID)
      .option(...JSON_OPTION)
      .option(...PROFILE_OPTION)
      .action(async (_flags: object, command: Command) =>
        (await actions()).changeCluster(verb, command.optsWithGlobals()),
      );
  }
  for (const [name, action, text] of LISTS) {
    clusters
      .command(name)
      .description(text)
      .option(...JSON_OPTION)
      .addOption(outputOption())
      .option(...PROFILE_OPTION)
      .action(async (_flags: object, command: Command) =>
        (await actions())[action](command.optsWithGlobals()),
      );
  }
}

function addEditors(clusters: Command): void {
  clusters
    .command("create")
    .description("Create a cluster and print its id as JSON.")
    .option(...JSON_FILE_OPTION)
    .option(...REQUEST_OPTION)
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).createCluster(command.optsWithGlobals()),
    );
  clusters
    .command("edit")
    .description("Replace the definition of a cluster, which the request names by cluster_id.")
    .option(...JSON_FILE_OPTION)
    .option(...REQUEST_OPTION)
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).editCluster(command.optsWithGlobals()),
    );
}

function addReaders(clusters: Command): void {
  clusters
    .command("list")
    .description("List clusters.")
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).listClusters(command.optsWithGlobals()),
    );
  clusters
    .command("get")
    .description("Show a cluster.")
    .option(...CLUSTER_ID)
    .option("--cluster-name <TEXT>", "Its name, in place of its id.")
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).getCluster(command.optsWithGlobals()),
    );
  clusters
    .command("events")
    .description("List what happened to a cluster.")
    .requiredOption(...CLUSTER_ID)
    .option("--start-time <MS>", "From when on, in UTC milliseconds.", parseOffset)
    .option("--end-time <MS>", "Until when, in UTC milliseconds.", parseOffset)
    .addOption(new Option("--order <ORDER>", "The order by time (default: DESC).").choices(["ASC", "DESC"]))
    .option("--event-type <TYPE>", "Only events of this type; may be given many times.", collect)
    .option("--offset <INTEGER>", "How many to pass over.", parseOffset)
    .option("--limit <INTEGER>", "The most to show (default: 50).", parseCount)
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(async (_flags: object, command: Command) =>
      (await actions()).listEvents(command.optsWithGlobals()),
    );
}

function actions(): Promise<typeof Actions> {
  return import("./cluster-actions.ts");
}
