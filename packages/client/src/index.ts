export { downloadArtifacts } from "./artifacts/download-artifacts.ts";
export { loadModel } from "./artifacts/load-model.ts";
export { registerModel } from "./artifacts/register-model.ts";
export type {
  ClusterEventPage,
  ClusterEventsInput,
  ClustersApi,
  CreateClusterInput,
  EditClusterInput,
  NodeType,
  SparkVersion,
  Zones,
} from "./databricks/clusters-api.ts";
export type { CurrentUser, CurrentUserApi } from "./databricks/current-user-api.ts";
export { databricksOptions, isDatabricksUri } from "./databricks/databricks-options.ts";
export type {
  DbfsApi,
  DbfsDownload,
  DbfsFileWire,
  DbfsTransferOptions,
  DbfsUploadOptions,
} from "./databricks/dbfs-api.ts";
export type { DirectoryEntry, FileDownload, FileMetadata, FilesApi } from "./databricks/files-api.ts";
export {
  followJobRun,
  type FollowJobRunOptions,
  JobRunFollower,
  type OutputStream,
} from "./databricks/follow-job-run.ts";
export type {
  JobPage,
  JobRunOutput,
  JobRunPage,
  JobsApi,
  JobSettings,
  ListJobRunsInput,
  ListJobsInput,
  ReadRunLogInput,
  RunLogPart,
  RunNowInput,
  SubmitRunInput,
} from "./databricks/jobs-api.ts";
export { saveProfile, type SavedProfile } from "./databricks/save-profile.ts";
export type { CreatedToken, CreateTokenInput, TokenInfoWire, TokensApi } from "./databricks/tokens-api.ts";
export type { WorkspaceApi, WorkspaceObject } from "./databricks/workspace-api.ts";
export { UnityCatalogClient } from "./databricks/unity-catalog-calls.ts";
export { WorkspaceClient } from "./databricks/workspace-client.ts";
export { ActiveRun, type LogMetricOptions, type TextValue } from "./fluent/active-run.ts";
export type { LoggedModelInfo, LogModelOptions } from "./fluent/log-model.ts";
export { Mlflow, mlflow, type MlflowOptions, type StartRunOptions } from "./fluent/mlflow.ts";
export { openClient } from "./fluent/open-client.ts";
export type { Environment } from "./fluent/tracking-environment.ts";
export { type CreateExperimentInput, type SearchExperimentsInput } from "@flightdeck/protocol";
export {
  type CreateLoggedModelInput,
  type DatasetFilter,
  type ListLoggedModelArtifactsInput,
  type LoggedModelOrder,
  type SearchLoggedModelsInput,
} from "@flightdeck/protocol";
export { MlflowClient } from "./rest/mlflow-client.ts";
export type { Page } from "@flightdeck/protocol";
export {
  type CreateModelVersionInput,
  type CreateRegisteredModelInput,
  type ModelVersionKey,
  type SearchRegistryInput,
  type TransitionStageInput,
} from "@flightdeck/protocol";
export { type Authorize, type CallOptions, RestClient, type RestClientOptions } from "./rest/rest-client.ts";
export type { RetryPolicy } from "./rest/retry-policy.ts";
export {
  type ArtifactPage,
  type CreateRunInput,
  type ListArtifactsInput,
  type LogBatchInput,
  type LogInputsInput,
  type MetricHistoryBulkInput,
  type MetricHistoryInput,
  type MetricIntervalInput,
  type RunMetric,
  type SearchRunsInput,
  type UpdateRunInput,
} from "@flightdeck/protocol";
export type { BatchGetTracesInput, DeleteTracesInput, SearchTracesInput } from "@flightdeck/protocol";
export type { CreateWebhookInput, ListWebhooksInput, UpdateWebhookInput } from "@flightdeck/protocol";
