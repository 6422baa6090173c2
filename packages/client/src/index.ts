export { downloadArtifacts, loadModel } from "./artifacts/download-artifacts.ts";
export { type ArtifactLocation, locateArtifact, pinModelUri } from "./artifacts/locate-artifact.ts";
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
export {
  type CreatedToken,
  type CreateTokenInput,
  type CurrentUser,
  type CurrentUserApi,
  type TokenInfoWire,
  type TokensApi,
  type WorkspaceApi,
  WorkspaceClient,
  type WorkspaceObject,
} from "./databricks/workspace-client.ts";
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
export { saveProfile, type SavedProfile } from "./databricks/profiles.ts";
export { UnityCatalogClient } from "./databricks/unity-catalog-calls.ts";
export { ActiveRun, type LogMetricOptions, type TextValue } from "./fluent/active-run.ts";
export type { LoggedModelInfo, LogModelOptions } from "./fluent/log-model.ts";
export { ensureExperiment } from "./fluent/ensure-experiment.ts";
export { sourceTags } from "./fluent/source-tags.ts";
export { Mlflow, mlflow, type MlflowOptions, type StartRunOptions } from "./fluent/mlflow.ts";
export { openClient } from "./fluent/open-client.ts";
export { RunWriter, type RunWriterOptions } from "./fluent/run-writer.ts";
export type { RunEntries, WrittenRun } from "./fluent/written-run.ts";
export type { Environment } from "./environment.ts";
export * from "./browser.ts";
