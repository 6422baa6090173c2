import type { Cluster, ClusterEvent, ClusterSpecWire } from "@flightdeck/protocol";
import type { Page } from "../search/page.ts";

/** Input of `createCluster`. */
export type NewCluster = {
  readonly spec: ClusterSpecWire;
  readonly creatorUserName: string;
  readonly stateMessage: string;
  /** The job run that the cluster is created for. The cluster terminates when the run ends. */
  readonly runId?: number | undefined;
};

/** Filters and page of `listClusters`. */
export type ClusterQuery = {
  readonly maxResults: number;
  readonly pageToken?: string | undefined;
  /** Empty: all sources. */
  readonly sources: readonly string[];
  /** Empty: all states. */
  readonly states: readonly string[];
};

/** Filters and page of `listClusterEvents`. */
export type ClusterEventQuery = {
  readonly clusterId: string;
  readonly isAscending: boolean;
  /** Empty: all types. */
  readonly types: readonly string[];
  readonly startTimeMs?: number | undefined;
  readonly endTimeMs?: number | undefined;
  readonly offset: number;
  readonly maxResults: number;
};

/** The user recorded in the event. */
export type ClusterUser = { readonly userName: string };

/**
 * The clusters that jobs run on. Makes the same guarantees as `TrackingStore`. A missing cluster throws
 * `INVALID_PARAMETER_VALUE` with Databricks' message.
 */
export interface ClusterStore {
  createCluster(input: NewCluster): Promise<Cluster>;
  getCluster(clusterId: string): Promise<Cluster>;
  /** Newest first. */
  listClusters(input: ClusterQuery): Promise<Page<Cluster>>;
  editCluster(
    clusterId: string,
    change: ClusterUser & { readonly spec: ClusterSpecWire; readonly stateMessage: string },
  ): Promise<void>;
  /** No error when it is already running. */
  startCluster(clusterId: string, user: ClusterUser): Promise<void>;
  /** Throws `INVALID_PARAMETER_VALUE` when it is not running. */
  restartCluster(clusterId: string, user: ClusterUser): Promise<void>;
  /** Stops the cluster and keeps its definition. No error when it has already terminated. */
  terminateCluster(clusterId: string, user: ClusterUser): Promise<void>;
  permanentlyDeleteCluster(clusterId: string): Promise<void>;
  /** One page of events, and the total number that match. */
  listClusterEvents(
    input: ClusterEventQuery,
  ): Promise<{ readonly events: readonly ClusterEvent[]; readonly totalCount: number }>;
}
