import type { ClustersApi, CreateClusterInput, EditClusterInput } from "@flightdeck/client";
import { AppError } from "@flightdeck/core";
import type { ClusterWire } from "@flightdeck/protocol";
import type { Table } from "../../../output/format-table.ts";
import { formatTime } from "../../../output/format-time.ts";
import { printJson } from "../../../output/print.ts";
import type { JsonFlag } from "../../json-option.ts";
import { type OutputFlags, printAsTable, printForReader } from "../output-options.ts";
import { readRequest, type RequestFlags } from "../request-options.ts";
import type { ProfileFlag } from "../workspace-options.ts";
import { withWorkspace } from "../with-workspace.ts";

type RequestedFlags = ProfileFlag & RequestFlags;
type Flags = ProfileFlag & OutputFlags;
export type GetFlags = Flags & { readonly clusterId?: string; readonly clusterName?: string };
export type ChangeFlags = ProfileFlag & JsonFlag & { readonly clusterId: string };
export type EventsFlags = Flags & {
  readonly clusterId: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly order?: "ASC" | "DESC";
  readonly eventType?: readonly string[];
  readonly offset?: number;
  readonly limit?: number;
};

export async function createCluster(flags: RequestedFlags): Promise<void> {
  const spec = (await readRequest(flags)) as CreateClusterInput; // The server checks it, and knows more fields.
  printJson(await withWorkspace(flags, ({ client }) => client.clusters.create(spec)));
}

export async function editCluster(flags: RequestedFlags): Promise<void> {
  const spec = (await readRequest(flags)) as EditClusterInput; // As above.
  await withWorkspace(flags, ({ client }) => client.clusters.edit(spec));
}

export async function listClusters(flags: Flags): Promise<void> {
  const clusters = await withWorkspace(flags, ({ client }) => client.clusters.list());
  const rows = clusters.map((each) => [each.cluster_id, each.cluster_name, each.state]);
  printAsTable(flags, () => ({ headers: ["Id", "Name", "State"], rows }), { clusters });
}

export async function getCluster({ clusterId, clusterName, ...flags }: GetFlags): Promise<void> {
  if ((clusterId === undefined) === (clusterName === undefined)) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      "name the cluster by one of --cluster-id and --cluster-name",
    );
  }
  const cluster = await withWorkspace(flags, ({ client }) =>
    clusterId === undefined ? client.clusters.getByName(clusterName ?? "") : client.clusters.get(clusterId),
  );
  printForReader(flags, () => tableOf(cluster), cluster);
}

/** Prints nothing, as the old command line. */
export async function changeCluster(
  verb: keyof Pick<ClustersApi, "start" | "restart" | "delete" | "permanentDelete">,
  { clusterId, ...flags }: ChangeFlags,
): Promise<void> {
  await withWorkspace(flags, ({ client }) => client.clusters[verb](clusterId));
  if (flags.json === true) printJson({ cluster_id: clusterId });
}

export async function listEvents(flags: EventsFlags): Promise<void> {
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

export async function listSparkVersions(flags: Flags): Promise<void> {
  const versions = await withWorkspace(flags, ({ client }) => client.clusters.sparkVersions());
  const rows = versions.map(({ key, name }) => [key, name]);
  printForReader(flags, () => ({ headers: ["Version", "Name"], rows }), { versions });
}

export async function listNodeTypes(flags: Flags): Promise<void> {
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

export async function listZones(flags: Flags): Promise<void> {
  const zones = await withWorkspace(flags, ({ client }) => client.clusters.listZones());
  const rows = zones.zones.map((zone) => [zone, zone === zones.default_zone ? "yes" : ""]);
  printForReader(flags, () => ({ headers: ["Zone", "Default"], rows }), zones);
}

function tableOf({ cluster_id: id, cluster_name: name, state, state_message: message }: ClusterWire): Table {
  return { headers: ["Id", "Name", "State", "Message"], rows: [[id, name, state, message]] };
}
