export type {
  ClusterStore,
  ClusterUser,
  NewCluster,
  ClusterEventQuery,
  ClusterQuery,
} from "./clusters/cluster-store.ts";
export type { FindGarbageInput, Garbage, GarbageKind, GarbageStore } from "./gc/garbage-store.ts";
export type {
  ArtifactMove,
  ImportedExperiment,
  ImportedHistory,
  ImportedKind,
  ImportedModel,
  ImportedRegisteredModel,
  ImportedRun,
  ImportedRunCounts,
  ImportedVersion,
  ImportedVersions,
  ImportProgress,
  ImportSink,
  ImportState,
} from "./import/import-sink.ts";
export type {
  NewJob,
  EndedJobRunState,
  JobDocument,
  JobOwner,
  JobPageInput,
  JobRunChange,
  JobStore,
  JobRunQuery,
  JobQuery,
  OwnedJobRun,
  SubmitJobRunInput,
  TakeOverInput,
} from "./jobs/job-store.ts";
export { checkWritable, databaseFileOf, databaseUriOf, openDataDir } from "./data-dir.ts";
export { narrowToOwner } from "./dialects/owner-only.ts";
export { claimDatabase, type ServerClaim } from "./dialects/server-claim.ts";
export { checkDatabase, snapshotDatabase } from "./dialects/snapshot.ts";
export { inspectSchema, openStore, type OpenStoreOptions, type SchemaInfo } from "./open-store.ts";
export type { Page } from "./search/page.ts";
export type { ManagedVersionStore } from "./registry/registry-store.ts";
export type {
  CreateModelVersionInput,
  CreateRegisteredModelInput,
  ModelVersionKey,
  RegistryStore,
  SearchRegistryInput,
} from "./registry/registry-store.ts";
export type { Store } from "./store.ts";
export type {
  BatchGetTracesInput,
  DeleteTracesInput,
  EndTraceV2Input,
  LogSpansInput,
  SearchTracesInput,
  StartTraceV2Input,
  TraceStore,
} from "./traces/trace-store.ts";
export type {
  CreateExperimentInput,
  CreateLoggedModelInput,
  CreateRunInput,
  DatasetFilter,
  LogBatchInput,
  LoggedModelOrder,
  MetricHistoryBulkInput,
  MetricHistoryInput,
  MetricIntervalInput,
  SearchExperimentsInput,
  SearchLoggedModelsInput,
  SearchRunsInput,
  TrackingStore,
  UpdateRunInput,
} from "./tracking/tracking-store.ts";
export type {
  RunKeys,
  RunOutline,
  RunTableStore,
  RunValue,
  RunValuesInput,
} from "./tracking/run-table-store.ts";
export {
  type Caller,
  type IssuedToken,
  type NewToken,
  type EnrolledPrincipal,
  type Grant,
  type Need,
  PERMISSION_LEVELS,
  type PermissionLevel,
  type Reference,
  type Resource,
  type TokenHolder,
  type TokenInfo,
  WORKSPACE_ROLES,
  type WorkspacePrincipal,
  type WorkspaceRole,
  type WorkspaceStore,
} from "./workspace/workspace-store.ts";
export type {
  CreateWebhookInput,
  UpdateWebhookInput,
  WebhookStore,
  WebhookTarget,
} from "./webhooks/webhook-store.ts";
