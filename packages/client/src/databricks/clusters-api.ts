import { AppError, invalid } from "@flightdeck/core";
import { type ClusterWire, endpoints, type RequestInputOf, type ResponseOf } from "@flightdeck/protocol";
import type { CallOptions, RestClient } from "../rest/rest-client.ts";

/** The request to create a cluster (https://docs.databricks.com/api/workspace/clusters/create). */
export type CreateClusterInput = RequestInputOf<typeof endpoints.createCluster>;
/**
 * The complete new definition of a cluster, with its `cluster_id`
 * (https://docs.databricks.com/api/workspace/clusters/edit).
 */
export type EditClusterInput = RequestInputOf<typeof endpoints.editCluster>;
/**
 * Selects events of a cluster; times are UTC milliseconds (https://docs.databricks.com/api/workspace/clusters/events).
 */
export type ClusterEventsInput = RequestInputOf<typeof endpoints.listClusterEvents>;
/** One page of events; `next_page` is the request for the next page. */
export type ClusterEventPage = ResponseOf<typeof endpoints.listClusterEvents>;
/** A runtime version for clusters: its `key` and its display name. */
export type SparkVersion = ResponseOf<typeof endpoints.listSparkVersions>["versions"][number];
/** A node type for clusters: its id, cores, and memory in MB. */
export type NodeType = ResponseOf<typeof endpoints.listNodeTypes>["node_types"][number];
/** The zones that clusters can run in, and the default one. */
export type Zones = ResponseOf<typeof endpoints.listZones>;

/** A workspace keeps only the clusters of the last month, so more pages than this mean that something is wrong. */
const PAGES_MAX = 1000;

/**
 * The Clusters API (https://docs.databricks.com/api/workspace/clusters). Requests and responses are the REST API's own
 * objects.
 */
export class ClustersApi {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  async list(options?: CallOptions): Promise<readonly ClusterWire[]> {
    const found: ClusterWire[] = [];
    let pageToken: string | undefined;
    for (let page = 0; page < PAGES_MAX; page++) {
      const answer = await this.#rest.callWhole(endpoints.listClusters, { page_token: pageToken }, options);
      found.push(...answer.clusters);
      pageToken = answer.next_page_token;
      if (!pageToken) break;
    }
    return found;
  }

  async get(clusterId: string, options?: CallOptions): Promise<ClusterWire> {
    return await this.#rest.callWhole(endpoints.getCluster, { cluster_id: clusterId }, options);
  }

  /** Cluster names need not be unique. Throws `INVALID_PARAMETER_VALUE` when several clusters have this name. */
  async getByName(name: string, options?: CallOptions): Promise<ClusterWire> {
    const [found, ...more] = (await this.list(options)).filter(
      ({ cluster_name: clusterName }) => clusterName === name,
    );
    if (found === undefined) {
      throw new AppError("RESOURCE_DOES_NOT_EXIST", `there is no cluster named ${JSON.stringify(name)}`);
    }
    if (more.length === 0) return found;
    const ids = [found, ...more].map(({ cluster_id: id }) => id).join(", ");
    const message = `more than one cluster is named ${JSON.stringify(name)}; use the id of one of them: ${ids}`;
    throw invalid(message);
  }

  async create(spec: CreateClusterInput, options?: CallOptions): Promise<{ readonly cluster_id: string }> {
    return await this.#rest.callWhole(endpoints.createCluster, spec, options);
  }

  async edit(spec: EditClusterInput, options?: CallOptions): Promise<void> {
    await this.#rest.call(endpoints.editCluster, spec, options);
  }

  async start(clusterId: string, options?: CallOptions): Promise<void> {
    await this.#rest.call(endpoints.startCluster, { cluster_id: clusterId }, options);
  }

  async restart(clusterId: string, options?: CallOptions): Promise<void> {
    await this.#rest.call(endpoints.restartCluster, { cluster_id: clusterId }, options);
  }

  /** Terminates a cluster; its definition is kept. */
  async delete(clusterId: string, options?: CallOptions): Promise<void> {
    await this.#rest.call(endpoints.deleteCluster, { cluster_id: clusterId }, options);
  }

  async permanentDelete(clusterId: string, options?: CallOptions): Promise<void> {
    await this.#rest.call(endpoints.permanentDeleteCluster, { cluster_id: clusterId }, options);
  }

  async events(input: ClusterEventsInput, options?: CallOptions): Promise<ClusterEventPage> {
    return await this.#rest.callWhole(endpoints.listClusterEvents, input, options);
  }

  async sparkVersions(options?: CallOptions): Promise<readonly SparkVersion[]> {
    return (await this.#rest.callWhole(endpoints.listSparkVersions, {}, options)).versions;
  }

  async listNodeTypes(options?: CallOptions): Promise<readonly NodeType[]> {
    return (await this.#rest.callWhole(endpoints.listNodeTypes, {}, options)).node_types;
  }

  async listZones(options?: CallOptions): Promise<Zones> {
    return await this.#rest.callWhole(endpoints.listZones, {}, options);
  }
}
