export type {
  ClusterStore,
  ClusterUser,
  CreateClusterInput,
  ListClusterEventsInput,
  ListClustersInput,
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
  CreateJobInput,
  EndedJobRunState,
  JobDocument,
  JobOwner,
  JobPageInput,
  JobRunChange,
  JobStore,
  ListJobRunsInput,
  ListJobsInput,
  OwnedJobRun,
  SubmitJobRunInput,
  TakeOverInput,
} from "./jobs/job-store.ts";
export { narrowToOwner } from "./dialects/owner-only.ts";
export { openStore, type OpenStoreOptions } from "./open-store.ts";
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
export {
  type Caller,
  type CreatedToken,
  type CreateTokenInput,
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
