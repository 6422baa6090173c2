export {
  type Access,
  type AccessDeclaration,
  accessOf,
  ANYBODY,
  ADMINS_CHANGE,
  ADMINS_READ,
  type Creation,
  type Need,
  needsOf,
  USERS_CHANGE,
  USERS_READ,
  type Named,
  artifactPath,
  dbfsPath,
  experiment,
  filesPath,
  loggedModel,
  PERMISSION_LEVELS,
  type PermissionLevel,
  registeredModel,
  type Resource,
  run,
  trace,
} from "./access.ts";
export {
  ARTIFACT_PROXY_PATH,
  multipartUploadEndpoints,
  type ArtifactPage,
  type FileInfo,
  fileInfoFromWire,
  fileInfoToWire,
  type FileInfoWire,
  type ListArtifactsInput,
  listArtifactsToWire,
} from "./artifacts.ts";
export {
  type Cluster,
  type ClusterEvent,
  clusterEventToWire,
  type ClusterEventWire,
  type ClusterMachine,
  type ClusterSource,
  type ClusterState,
  clusterToWire,
  type ClusterWire,
  type ClusterSpecWire,
} from "./clusters.ts";
export {
  type Dataset,
  type DatasetInput,
  datasetInputFromWire,
  datasetInputToWire,
  type DatasetSummary,
  datasetSummaryFromWire,
  datasetSummaryToWire,
  type DatasetSummaryWire,
} from "./datasets.ts";
export type {
  ApiVersion,
  Endpoint,
  HttpMethod,
  RequestInputOf,
  RequestOf,
  ResponseInputOf,
  ResponseOf,
  Change,
} from "./endpoint.ts";
export {
  isPrompt,
  PROMPT_TAGS,
  type RegistryEvent,
  WEBHOOK_EVENTS,
  type WebhookEvent,
  webhookEventFromWire,
  webhookEventParts,
  webhookEventToWire,
  type WebhookEventWire,
} from "./registry/registry-event.ts";
export {
  dbfsPathText,
  experimentId,
  filesPathText,
  modelId,
  modelName,
  optional,
  proxiedPath,
  runId,
  withRunId,
} from "./ids.ts";
export {
  bool,
  foreignMap,
  int64,
  requiredText,
  shortText,
  type Tag,
  type LifecycleStage,
  type ViewType,
  type Page,
} from "./forms.ts";
export {
  tagChange,
  catalogAliasToWire,
  catalogModelToWire,
  catalogVersionToWire,
  splitFullName,
  unityCatalogModelToWire,
  unityCatalogVersionToWire,
} from "./unity-catalog/models.ts";
export { API_PREFIXES, type EndpointName, endpoints } from "./endpoints.ts";
export { ERROR_STATUS, errorSchema, errorFromWire, errorToWire, type ErrorWire } from "./errors.ts";
export {
  type Experiment,
  experimentFromWire,
  experimentToWire,
  type ExperimentWire,
  createExperimentToWire,
  searchExperimentsToWire,
  type CreateExperimentInput,
  type SearchExperimentsInput,
} from "./experiments.ts";
export type { AccessControlRequest } from "./identity.ts";
export { DIRECTORIES_PATH, FILES_PATH, parseUploadParts, type UploadPart } from "./files.ts";
export { type Job, type JobSettingsWire, jobTaskSpecFromWire, jobToWire, type JobWire } from "./jobs/job.ts";
export {
  type JobRun,
  type JobRunParameters,
  jobRunToWire,
  type JobRunType,
  type JobRunWire,
  ENDED_JOB_RUN_STATES,
  type JobRunLifeCycleState,
  type JobRunResultState,
  type JobRunState,
} from "./jobs/job-runs.ts";
export type { JobTask, JobTaskSpec, TaskCluster, Library } from "./jobs/job-tasks.ts";
export { LIMITS } from "./limits.ts";
export {
  type LoggedModel,
  loggedModelFromWire,
  type LoggedModelStatus,
  loggedModelToWire,
  type LoggedModelWire,
} from "./logged-models/logged-model.ts";
export { parseRequest } from "./parse-request.ts";
export {
  MODEL_STAGES,
  type ModelStage,
  type ModelVersion,
  modelVersionFromWire,
  type ModelVersionStatus,
  modelVersionToWire,
  type ModelVersionWire,
  type RegisteredModel,
  type RegisteredModelAlias,
  registeredModelFromWire,
  registeredModelToWire,
  type RegisteredModelWire,
} from "./registry/models.ts";
export {
  type Metric,
  metricFromWire,
  metricToWire,
  type MetricWire,
  type ModelInput,
  type ModelOutput,
  type Param,
  type Run,
  type RunData,
  runFromWire,
  type RunInfo,
  runInfoFromWire,
  runInfoToWire,
  type RunInfoWire,
  type RunStatus,
  runToWire,
  type RunWire,
  TERMINAL_RUN_STATUSES,
  SYSTEM_TAGS,
} from "./runs/runs.ts";
export {
  type Comparator,
  type Comparison,
  type FieldKind,
  type Filter,
  type JunctionFilter,
  type ListComparison,
  type NotFilter,
  type NullComparison,
  type PatternComparison,
  type RangeComparison,
  type SearchField,
  type SearchOrder,
  type ValueComparison,
  printFilter,
} from "./search/filter.ts";
export { isKeyword, type Token as FilterToken, tokenize as tokenizeFilter } from "./search/lexer.ts";
export { nearestWord } from "./search/search-error.ts";
export { parseFilter, parseOrderBy } from "./search/parse-filter.ts";
export {
  type Attribute,
  DATASET_FIELDS,
  SEARCH_ENTITIES,
  type SearchEntity,
  type SearchEntityName,
} from "./search/search-entity.ts";
export {
  type Assessment,
  type AssessmentError,
  assessmentFromWire,
  type AssessmentSource,
  assessmentToWire,
  type AssessmentUpdate,
  assessmentUpdateFromWire,
  assessmentUpdateToWire,
  type AssessmentUpdateWire,
  type AssessmentValue,
  assessmentValueToWire,
  type AssessmentWire,
} from "./traces/assessment.ts";
export type { Attributes, AttributeValue } from "./traces/wire-values.ts";
export {
  OTLP_TRACES_PATH,
  searchTracesToWire,
  deleteTracesToWire,
  batchGetTracesToWire,
  type SearchTracesInput,
  type DeleteTracesInput,
  type BatchGetTracesInput,
} from "./traces/endpoints.ts";
export { decodeSpans } from "./traces/otlp/decode-spans.ts";
export { type OtlpJson, spansFromOtlpJson, spansToOtlpJson } from "./traces/otlp/otlp-json.ts";
export {
  type Span,
  SPAN_ATTRIBUTES,
  type SpanBatch,
  type SpanEvent,
  spanFromWire,
  type SpanLink,
  spanSchema,
  type SpanStatus,
  type SpanStatusCode,
  spanToWire,
  type SpanWire,
} from "./traces/span.ts";
export {
  type Trace,
  traceFromWire,
  traceToWire,
  type TraceWire,
  experimentIdFromWire,
  type TraceInfo,
  traceInfoFromWire,
  traceInfoToWire,
  type TraceInfoWire,
  traceLocationToWire,
  type TraceState,
  traceInfoFromWireV2,
  traceInfoToWireV2,
  type TraceInfoV2Wire,
  traceStateFromStatus,
  traceStatusFromState,
} from "./traces/trace-info.ts";
export {
  type Lineage,
  LINEAGE_HEADER,
  type LineageDirection,
  type LineageEntityWire,
  type LineageSecurableWire,
  parseLineageHeader,
} from "./unity-catalog/lineage.ts";
export type { WorkspaceObjectWire } from "./workspace.ts";
export {
  type Webhook,
  webhookFromWire,
  type WebhookStatus,
  type WebhookTestResult,
  webhookTestResultFromWire,
  webhookTestResultToWire,
  type WebhookTestResultWire,
  webhookToWire,
  type WebhookWire,
  createWebhookToWire,
  updateWebhookToWire,
  type CreateWebhookInput,
  type UpdateWebhookInput,
  type ListWebhooksInput,
} from "./webhooks.ts";
export { OUTLINE_RUNS_MAX, RUN_KEYS_MAX, RUN_VALUES_MAX } from "./runs/run-table.ts";
export {
  createRunToWire,
  updateRunToWire,
  searchRunsToWire,
  logBatchToWire,
  logInputsToWire,
  getMetricHistoryToWire,
  getMetricHistoryBulkToWire,
  getMetricHistoryBulkIntervalToWire,
  type CreateRunInput,
  type UpdateRunInput,
  type SearchRunsInput,
  type LogBatchInput,
  type RunBatch,
  type LogInputsInput,
  type MetricHistoryInput,
  type MetricHistoryBulkInput,
  type MetricIntervalInput,
  type MetricSampling,
  type RunMetric,
} from "./runs/requests.ts";
export {
  createLoggedModelToWire,
  searchLoggedModelsToWire,
  listLoggedModelArtifactsToWire,
  type CreateLoggedModelInput,
  type DatasetFilter,
  type LoggedModelOrder,
  type SearchLoggedModelsInput,
  type ListLoggedModelArtifactsInput,
} from "./logged-models/endpoints.ts";
export {
  createRegisteredModelToWire,
  createModelVersionToWire,
  transitionModelVersionStageToWire,
  searchRegistryToWire,
  type CreateRegisteredModelInput,
  type CreateModelVersionInput,
  type SearchRegistryInput,
  type ModelVersionKey,
  type TransitionStageInput,
} from "./registry/requests.ts";
export { EVENT_STREAM_PATH, eventFromWire, eventToWire, type FollowedChange } from "./event-stream.ts";
export {
  DEFAULT_ARTIFACT_ROOT,
  isWorkspaceUserAgent,
  MLFLOW_VERSION,
  VERSION,
  WORKSPACE_USER_AGENT,
} from "./product.ts";
