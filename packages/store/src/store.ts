import type { ClusterStore } from "./clusters/cluster-store.ts";
import type { GarbageStore } from "./gc/garbage-store.ts";
import type { ImportSink } from "./import/import-sink.ts";
import type { JobStore } from "./jobs/job-store.ts";
import type { ManagedVersionStore, RegistryStore } from "./registry/registry-store.ts";
import type { TraceStore } from "./traces/trace-store.ts";
import type { TrackingStore } from "./tracking/tracking-store.ts";
import type { WebhookStore } from "./webhooks/webhook-store.ts";
import type { Caller, WorkspaceStore } from "./workspace/workspace-store.ts";

/** A workspace's whole memory, open until it is closed. */
export type Store = {
  readonly tracking: TrackingStore;
  readonly registry: RegistryStore & ManagedVersionStore;
  readonly webhooks: WebhookStore;
  readonly traces: TraceStore;
  /** Principals, tokens and what was granted to whom. */
  readonly workspace: WorkspaceStore;
  /** Jobs, and the queue of their runs. */
  readonly jobs: JobStore;
  readonly clusters: ClusterStore;
  /** Bulk writes of what another workspace has. */
  readonly imports: ImportSink;
  /** Removal for good of what was deleted. */
  readonly garbage: GarbageStore;
  /**
   * The same store as one caller may use it, for one call. Each of its transactions checks in itself that the caller holds
   * what it needs, up to the first write; its searches and lists tell only of what was granted to the caller or to all
   * `users`; what it creates belongs to the caller. Throws as `WorkspaceStore.check`.
   */
  as(caller: Caller): Store;
  /** Finishes writes under way, then closes the database. */
  close(): Promise<void>;
};
