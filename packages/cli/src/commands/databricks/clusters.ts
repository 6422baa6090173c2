import type { ClustersApi, CreateClusterInput, EditClusterInput } from "@flightdeck/client";
import { invalid } from "@flightdeck/core";
import type { ClusterWire } from "@flightdeck/protocol";
import { type Command, Option } from "commander";
import { formatTime, type Table } from "../../output/format.ts";
import { printJson } from "../../output/print.ts";
import { collect, JSON_OPTION, type JsonFlag, parseCount, parseOffset } from "../options.ts";
import {
  JSON_FILE_OPTION,
  type OutputFlags,
  outputOption,
  printAsTable,
  printForReader,
  PROFILE_OPTION,
  type ProfileFlag,
  readRequest,
  REQUEST_OPTION,
  type RequestFlags,
  withGroupOptions,
} from "./options.ts";
import { withWorkspace } from "./with-workspace.ts";

const CLUSTER_ID: readonly [string, string] = ["--cluster-id <ID>", "Id of the cluster."];

/** Commands that take a cluster id and do one thing. */
const VERBS = [
  ["start", "start", "Start a terminated cluster."],
  ["restart", "restart", "Restart a running cluster."],
  ["delete", "delete", "Terminate a cluster and keep its definition."],
  ["permanent-delete", "permanentDelete", "Delete a cluster and its definition."],
] as const;

/** Commands that list the options for creating clusters. */
const LISTS = [
  ["spark-versions", listSparkVersions, "List the runtime versions that a cluster can use."],
  ["list-node-types", listNodeTypes, "List the machine types that a cluster can use."],
  ["list-zones", listZones, "List the zones that clusters can run in."],
] as const;

type RequestedFlags = ProfileFlag & RequestFlags;

type Flags = ProfileFlag & OutputFlags;

type GetFlags = Flags & {
  readonly clusterId?: string | undefined;
  readonly clusterName?: string | undefined;
};

type ChangeFlags = ProfileFlag & JsonFlag & { readonly clusterId: string };

type EventsFlags = Flags & {
  readonly clusterId: string;
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
  readonly order?: "ASC" | "DESC" | undefined;
  readonly eventType?: readonly string[] | undefined;
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
};

/** `flightdeck databricks clusters …`: manages the clusters on which jobs run. */
export function defineClusters(clusters: Command): void {
  clusters.option(...PROFILE_OPTION);
  addEditors(clusters);
  addReaders(clusters);
  for (const [name, verb, text] of VERBS) {
    clusters
      .command(name)
      .description(text)
      .requiredOption(...CLUSTER_ID)
      .option(...JSON_OPTION)
      .option(...PROFILE_OPTION)
      .action(withGroupOptions((flags: ChangeFlags) => changeCluster(verb, flags)));
  }
  for (const [name, action, text] of LISTS) {
    clusters
      .command(name)
      .description(text)
      .option(...JSON_OPTION)
      .addOption(outputOption())
      .option(...PROFILE_OPTION)
      .action(withGroupOptions(action));
  }
}

function addEditors(clusters: Command): void {
  clusters
    .command("create")
    .description("Create a cluster and print its id as JSON.")
    .option(...JSON_FILE_OPTION)
    .option(...REQUEST_OPTION)
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(createCluster));
  clusters
    .command("edit")
    .description("Replace the definition of the cluster whose cluster_id the request contains.")
    .option(...JSON_FILE_OPTION)
    .option(...REQUEST_OPTION)
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(editCluster));
}

function addReaders(clusters: Command): void {
  clusters
    .command("list")
    .description("List clusters.")
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(listClusters));
  clusters
    .command("get")
    .description("Show a cluster.")
    .option(...CLUSTER_ID)
    .option("--cluster-name <TEXT>", "Name of the cluster, instead of its id.")
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(getCluster));
  clusters
    .command("events")
    .description("List the events of a cluster.")
    .requiredOption(...CLUSTER_ID)
    .option("--start-time <MS>", "Start of the period, in UTC milliseconds.", parseOffset)
    .option("--end-time <MS>", "End of the period, in UTC milliseconds.", parseOffset)
    .addOption(new Option("--order <ORDER>", "The order by time (default: DESC).").choices(["ASC", "DESC"]))
    .option("--event-type <TYPE>", "Only events of this type; can be repeated.", collect)
    .option("--offset <INTEGER>", "How many events to skip.", parseOffset)
    .option("--limit <INTEGER>", "Maximum number of events (default: 50).", parseCount)
    .option(...JSON_OPTION)
    .addOption(outputOption())
    .option(...PROFILE_OPTION)
    .action(withGroupOptions(listEvents));
}

async function createCluster(flags: RequestedFlags): Promise<void> {
  const spec = (await readRequest(flags)) as CreateClusterInput; // Validated by the server, which knows more fields.
  printJson(await withWorkspace(flags, ({ client }) => client.clusters.create(spec)));
}

async function editCluster(flags: RequestedFlags): Promise<void> {
  const spec = (await readRequest(flags)) as EditClusterInput; // As above.
  await withWorkspace(flags, ({ client }) => client.clusters.edit(spec));
}

async function listClusters(flags: Flags): Promise<void> {
  const clusters = await withWorkspace(flags, ({ client }) => client.clusters.list());
  const rows = clusters.map((each) => [each.cluster_id, each.cluster_name, each.state]);
  printAsTable(flags, () => ({ headers: ["Id", "Name", "State"], rows }), { clusters });
}

async function getCluster({ clusterId, clusterName, ...flags }: GetFlags): Promise<void> {
  if ((clusterId === undefined) === (clusterName === undefined)) {
    throw invalid("name the cluster by one of --cluster-id and --cluster-name");
  }
  const cluster = await withWorkspace(flags, ({ client }) =>
    clusterId === undefined ? client.clusters.getByName(clusterName ?? "") : client.clusters.get(clusterId),
  );
  printForReader(flags, () => tableOf(cluster), cluster);
}

/** Prints nothing, like the old command line. */
async function changeCluster(
  verb: keyof Pick<ClustersApi, "start" | "restart" | "delete" | "permanentDelete">,
  { clusterId, ...flags }: ChangeFlags,
): Promise<void> {
  await withWorkspace(flags, ({ client }) => client.clusters[verb](clusterId));
  if (flags.json === true) printJson({ cluster_id: clusterId });
}

async function listEvents(flags: EventsFlags): Promise<void> {
  const { clusterId, startTime, endTime, order, eventType, offset, limit } = flags;
  const page = await withWorkspace(flags, ({ client }) =>
    client.clusters.events({
      cluster_id: clusterId,
      start_time: startTime,
      end_time: endTime,
      order,
      event_types: eventType === undefined ? undefined : [...eventType],
      offset,
      limit,
    }),
  );
  const rows = page.events.map(({ timestamp, type = "", details }) => [
    timestamp === undefined ? "" : formatTime(timestamp),
    type,
    JSON.stringify(details),
  ]);
  printAsTable(flags, () => ({ headers: ["Time", "Type", "Details"], rows }), page);
}

async function listSparkVersions(flags: Flags): Promise<void> {
  const versions = await withWorkspace(flags, ({ client }) => client.clusters.sparkVersions());
  const rows = versions.map(({ key, name }) => [key, name]);
  printForReader(flags, () => ({ headers: ["Version", "Name"], rows }), { versions });
}

async function listNodeTypes(flags: Flags): Promise<void> {
  const types = await withWorkspace(flags, ({ client }) => client.clusters.listNodeTypes());
  const rows = types.map((type) => [
    type.node_type_id,
    String(type.num_cores),
    String(type.memory_mb),
    String(type.num_gpus),
    type.description,
  ]);
  const table = (): Table => ({ headers: ["Id", "Cores", "Memory MB", "GPUs", "Description"], rows });
  printForReader(flags, table, { node_types: types });
}

async function listZones(flags: Flags): Promise<void> {
  const zones = await withWorkspace(flags, ({ client }) => client.clusters.listZones());
  const rows = zones.zones.map((zone) => [zone, zone === zones.default_zone ? "yes" : ""]);
  printForReader(flags, () => ({ headers: ["Zone", "Default"], rows }), zones);
}

function tableOf({ cluster_id: id, cluster_name: name, state, state_message: message }: ClusterWire): Table {
  return { headers: ["Id", "Name", "State", "Message"], rows: [[id, name, state, message]] };
}
