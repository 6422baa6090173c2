import type { Cluster, ClusterEvent, ClusterSpecWire } from "@flightdeck/protocol";
import type { Page } from "../search/page.ts";

export type CreateClusterInput = {
  readonly spec: ClusterSpecWire;
  readonly creatorUserName: string;
  readonly stateMessage: string;
  /** The run that it is made for, and whose end ends it. */
  readonly runId?: number | undefined;
};

export type ListClustersInput = {
  readonly maxResults: number;
  readonly pageToken?: string | undefined;
  /** Empty means any. */
  readonly sources: readonly string[];
  readonly states: readonly string[];
};

export type ListClusterEventsInput = {
  readonly clusterId: string;
  readonly isAscending: boolean;
  /** Empty means any. */
  readonly types: readonly string[];
  readonly startTimeMs?: number | undefined;
  readonly endTimeMs?: number | undefined;
  readonly offset: number;
  readonly maxResults: number;
};

/** Whoever does something, for the events that tell of it. */
export type ClusterUser = { readonly userName: string };

/**
 * Definitions of where jobs run. The same promises as `TrackingStore`. An absent cluster throws
 * `INVALID_PARAMETER_VALUE` in Databricks' words.
 */
export interface ClusterStore {
  createCluster(input: CreateClusterInput): Promise<Cluster>;
  getCluster(clusterId: string): Promise<Cluster>;
  /** Newest first. */
  listClusters(input: ListClustersInput): Promise<Page<Cluster>>;
  editCluster(
    clusterId: string,
    change: ClusterUser & { readonly spec: ClusterSpecWire; readonly stateMessage: string },
  ): Promise<void>;
  /** No error when it runs. */
  startCluster(clusterId: string, user: ClusterUser): Promise<void>;
  /** Throws `INVALID_PARAMETER_VALUE` for one that does not run. */
  restartCluster(clusterId: string, user: ClusterUser): Promise<void>;
  /** Ends it, and keeps its definition. No error when it had ended. */
  terminateCluster(clusterId: string, user: ClusterUser): Promise<void>;
  permanentlyDeleteCluster(clusterId: string): Promise<void>;
  /** One page and the number of all. */
  listClusterEvents(
    input: ListClusterEventsInput,
  ): Promise<{ readonly events: readonly ClusterEvent[]; readonly totalCount: number }>;
}
