import { AppError } from "@flightdeck/core";
import { type ClusterWire, endpoints, type RequestInputOf, type ResponseOf } from "@flightdeck/protocol";
import type { CallOptions, RestClient } from "../rest/rest-client.ts";

export type CreateClusterInput = RequestInputOf<typeof endpoints.createCluster>;
export type EditClusterInput = RequestInputOf<typeof endpoints.editCluster>;
export type ClusterEventsInput = RequestInputOf<typeof endpoints.listClusterEvents>;
export type ClusterEventPage = ResponseOf<typeof endpoints.listClusterEvents>;
export type SparkVersion = ResponseOf<typeof endpoints.listSparkVersions>["versions"][number];
export type NodeType = ResponseOf<typeof endpoints.listNodeTypes>["node_types"][number];
export type Zones = ResponseOf<typeof endpoints.listZones>;

/** A workspace keeps those of its last month; beyond, something has gone wrong. */
const PAGES_MAX = 1000;

/** Clusters (https://docs.databricks.com/api/workspace/clusters), with the REST API's own objects. */
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
    return this.#rest.callWhole(endpoints.getCluster, { cluster_id: clusterId }, options);
  }

  /** Names need not be unique: more than one of the same name is refused. */
  async getByName(name: string, options?: CallOptions): Promise<ClusterWire> {
    const [found, ...more] = (await this.list(options)).filter(
      ({ cluster_name: clusterName }) => clusterName === name,
    );
    if (found === undefined) {
      throw new AppError(
        "RESOURCE_DOES_NOT_EXIST",
        `there is no cluster with the name ${JSON.stringify(name)}`,
      );
    }
    if (more.length === 0) return found;
    const ids = [found, ...more].map(({ cluster_id: id }) => id).join(", ");
    const message = `more than one cluster has the name ${JSON.stringify(name)}; name one by its id: ${ids}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }

  async create(spec: CreateClusterInput, options?: CallOptions): Promise<{ readonly cluster_id: string }> {
    return this.#rest.callWhole(endpoints.createCluster, spec, options);
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

  /** Ends a cluster; its definition stays. */
  async delete(clusterId: string, options?: CallOptions): Promise<void> {
    await this.#rest.call(endpoints.deleteCluster, { cluster_id: clusterId }, options);
  }

  async permanentDelete(clusterId: string, options?: CallOptions): Promise<void> {
    await this.#rest.call(endpoints.permanentDeleteCluster, { cluster_id: clusterId }, options);
  }

  async events(input: ClusterEventsInput, options?: CallOptions): Promise<ClusterEventPage> {
    return this.#rest.callWhole(endpoints.listClusterEvents, input, options);
  }

  async sparkVersions(options?: CallOptions): Promise<readonly SparkVersion[]> {
    return (await this.#rest.callWhole(endpoints.listSparkVersions, {}, options)).versions;
  }

  async listNodeTypes(options?: CallOptions): Promise<readonly NodeType[]> {
    return (await this.#rest.callWhole(endpoints.listNodeTypes, {}, options)).node_types;
  }

  async listZones(options?: CallOptions): Promise<Zones> {
    return this.#rest.callWhole(endpoints.listZones, {}, options);
  }
}
