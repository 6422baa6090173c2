import type { ClusterStore } from "./clusters/cluster-store.ts";
import type { GarbageStore } from "./gc/garbage-store.ts";
import type { ImportSink } from "./import/import-sink.ts";
import type { JobStore } from "./jobs/job-store.ts";
import type { ManagedVersionStore, RegistryStore } from "./registry/registry-store.ts";
import type { TraceStore } from "./traces/trace-store.ts";
import type { RunTableStore } from "./tracking/run-table-store.ts";
import type { TrackingStore } from "./tracking/tracking-store.ts";
import type { WebhookStore } from "./webhooks/webhook-store.ts";
import type { Caller, WorkspaceStore } from "./workspace/workspace-store.ts";

/** All data of a workspace. Open until `close` is called. */
export type Store = {
  readonly tracking: TrackingStore;
  /** Queries for a table of many runs. */
  readonly runTable: RunTableStore;
  readonly registry: RegistryStore & ManagedVersionStore;
  readonly webhooks: WebhookStore;
  readonly traces: TraceStore;
  /** Principals, tokens and grants. */
  readonly workspace: WorkspaceStore;
  /** Jobs and the queue of their runs. */
  readonly jobs: JobStore;
  readonly clusters: ClusterStore;
  /** Bulk writes for importing another workspace. */
  readonly imports: ImportSink;
  /** Permanent removal of deleted things. */
  readonly garbage: GarbageStore;
  /**
   * This store restricted to what one caller may do, for one call. Up to the first write, each transaction checks the
   * caller's permissions within itself. Searches and lists return only what was granted to the caller or to all `users`.
   * The caller manages what it creates. Throws the errors of `WorkspaceStore.check`.
   */
  as(caller: Caller): Store;
  /** How many writes wait for their turn. */
  writesWaiting(): number;
  /** Waits for pending writes, then closes the database. */
  close(): Promise<void>;
};
