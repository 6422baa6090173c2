import type { Cluster, ClusterEvent, ClusterSpecWire } from "@flightdeck/protocol";
import type { Database } from "../database/database.ts";
import type { Page } from "../page.ts";
import type { StoreContext } from "../tracking/context.ts";
import { listClusterEvents } from "./cluster-events.ts";
import type {
  ClusterStore,
  ClusterUser,
  CreateClusterInput,
  ListClusterEventsInput,
  ListClustersInput,
} from "./cluster-store.ts";
import * as clusters from "./clusters.ts";

/** Clusters in any SQL database: each method is one piece of work in one transaction. */
export class SqlClusterStore implements ClusterStore {
  readonly #database: Database;
  readonly #context: StoreContext;

  constructor(database: Database, context: StoreContext) {
    this.#database = database;
    this.#context = context;
  }

  async createCluster(input: CreateClusterInput): Promise<Cluster> {
    return this.#database.write(() => clusters.createCluster(this.#context, input));
  }

  async getCluster(clusterId: string): Promise<Cluster> {
    return this.#database.read(() => clusters.getCluster(clusterId));
  }

  async listClusters(input: ListClustersInput): Promise<Page<Cluster>> {
    return this.#database.read(() => clusters.listClusters(input));
  }

  async editCluster(
    clusterId: string,
    change: ClusterUser & { readonly spec: ClusterSpecWire; readonly stateMessage: string },
  ): Promise<void> {
    return this.#database.write(() => clusters.editCluster(this.#context, clusterId, change));
  }

  async startCluster(clusterId: string, user: ClusterUser): Promise<void> {
    return this.#database.write(() => clusters.startCluster(this.#context, clusterId, user));
  }

  async restartCluster(clusterId: string, user: ClusterUser): Promise<void> {
    return this.#database.write(() => clusters.restartCluster(this.#context, clusterId, user));
  }

  async terminateCluster(clusterId: string, user: ClusterUser): Promise<void> {
    return this.#database.write(() => clusters.terminateCluster(this.#context, clusterId, user));
  }

  async permanentlyDeleteCluster(clusterId: string): Promise<void> {
    return this.#database.write(() => clusters.permanentlyDeleteCluster(clusterId));
  }

  async listClusterEvents(
    input: ListClusterEventsInput,
  ): Promise<{ readonly events: readonly ClusterEvent[]; readonly totalCount: number }> {
    return this.#database.read(() => listClusterEvents(input));
  }
}
