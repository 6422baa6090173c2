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
} from "./access/access.ts";
export {
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
} from "./access/resource.ts";
export { ARTIFACT_PROXY_PATH } from "./artifacts/endpoints.ts";
export { multipartUploadEndpoints } from "./artifacts/multipart-upload.ts";
export {
  type ArtifactPage,
  type FileInfo,
  fileInfoFromWire,
  fileInfoToWire,
  type FileInfoWire,
  type ListArtifactsInput,
  listArtifactsToWire,
} from "./artifacts/file-info.ts";
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
} from "./clusters/cluster.ts";
export type { ClusterSpecWire } from "./clusters/cluster-spec.ts";
export {
  type Dataset,
  type DatasetInput,
  datasetInputFromWire,
  datasetInputToWire,
} from "./datasets/dataset.ts";
export {
  type DatasetSummary,
  datasetSummaryFromWire,
  datasetSummaryToWire,
  type DatasetSummaryWire,
} from "./datasets/dataset-summary.ts";
export {
  type ApiVersion,
  type Endpoint,
  type HttpMethod,
  type RequestInputOf,
  type RequestOf,
  type ResponseInputOf,
  type ResponseOf,
} from "./endpoint.ts";
export type { Change } from "./events/change.ts";
export { isPrompt, PROMPT_TAGS } from "./registry/prompts.ts";
export {
  dbfsPathText,
  experimentId,
  filesPathText,
  modelId,
  modelName,
  optional,
  proxiedPath,
  runId,
} from "./ids.ts";
export { withRunId } from "./runs/run-reference.ts";
export { bool, foreignMap, int64, requiredText, shortText } from "./scalars.ts";
export { tagChange } from "./unity-catalog/tag-change.ts";
export type { RegistryEvent } from "./webhooks/registry-event.ts";
export { API_PREFIXES, type EndpointName, endpoints } from "./endpoints.ts";
export { ERROR_STATUS, errorSchema, errorFromWire, errorToWire, type ErrorWire } from "./errors.ts";
export {
  type Experiment,
  experimentFromWire,
  experimentToWire,
  type ExperimentWire,
} from "./experiments/experiment.ts";
export type { AccessControlRequest } from "./identity/endpoints.ts";
export { DIRECTORIES_PATH, FILES_PATH } from "./files/endpoints.ts";
export { parseUploadParts, type UploadPart } from "./files/upload-parts.ts";
export { type Job, type JobSettingsWire, jobTaskSpecFromWire, jobToWire, type JobWire } from "./jobs/job.ts";
export {
  type JobRun,
  type JobRunParameters,
  jobRunToWire,
  type JobRunType,
  type JobRunWire,
} from "./jobs/job-run.ts";
export {
  ENDED_JOB_RUN_STATES,
  type JobRunLifeCycleState,
  type JobRunResultState,
  type JobRunState,
} from "./jobs/job-run-state.ts";
export type { JobTask, JobTaskSpec, TaskCluster } from "./jobs/job-task.ts";
export type { Library } from "./jobs/library.ts";
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
} from "./registry/model-version.ts";
export {
  type RegisteredModel,
  type RegisteredModelAlias,
  registeredModelFromWire,
  registeredModelToWire,
  type RegisteredModelWire,
} from "./registry/registered-model.ts";
export { type Metric, metricFromWire, metricToWire, type MetricWire } from "./runs/metric.ts";
export {
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
} from "./runs/run.ts";
export type {
  Comparator,
  Comparison,
  FieldKind,
  Filter,
  JunctionFilter,
  ListComparison,
  NotFilter,
  NullComparison,
  PatternComparison,
  RangeComparison,
  SearchField,
  SearchOrder,
  ValueComparison,
} from "./search/filter.ts";
export { parseFilter } from "./search/parse-filter.ts";
export { parseOrderBy } from "./search/parse-order.ts";
export { printFilter } from "./search/print-filter.ts";
export {
  type Attribute,
  DATASET_FIELDS,
  SEARCH_ENTITIES,
  type SearchEntity,
  type SearchEntityName,
} from "./search/search-entity.ts";
export { SYSTEM_TAGS } from "./system-tags.ts";
export type { Tag } from "./tag.ts";
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
export type { Attributes, AttributeValue } from "./traces/attributes.ts";
export { OTLP_TRACES_PATH } from "./traces/endpoints.ts";
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
export { type Trace, traceFromWire, traceToWire, type TraceWire } from "./traces/trace.ts";
export {
  experimentIdFromWire,
  type TraceInfo,
  traceInfoFromWire,
  traceInfoToWire,
  type TraceInfoWire,
  traceLocationToWire,
  type TraceState,
} from "./traces/trace-info.ts";
export {
  traceInfoFromWireV2,
  traceInfoToWireV2,
  type TraceInfoV2Wire,
  traceStateFromStatus,
  traceStatusFromState,
} from "./traces/trace-info-v2.ts";
export {
  catalogAliasToWire,
  catalogModelToWire,
  catalogVersionToWire,
} from "./unity-catalog/catalog-model.ts";
export { splitFullName } from "./unity-catalog/full-name.ts";
export {
  type Lineage,
  LINEAGE_HEADER,
  type LineageDirection,
  type LineageEntityWire,
  type LineageSecurableWire,
  parseLineageHeader,
} from "./unity-catalog/lineage.ts";
export { unityCatalogModelToWire, unityCatalogVersionToWire } from "./unity-catalog/model.ts";
export type { LifecycleStage, ViewType } from "./view-type.ts";
export type { WorkspaceObjectWire } from "./workspace/endpoints.ts";
export {
  WEBHOOK_EVENTS,
  type WebhookEvent,
  webhookEventFromWire,
  webhookEventParts,
  webhookEventToWire,
  type WebhookEventWire,
} from "./webhooks/webhook-event.ts";
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
} from "./webhooks/webhook.ts";
export { type Page } from "./page.ts";
export {
  createExperimentToWire,
  searchExperimentsToWire,
  type CreateExperimentInput,
  type SearchExperimentsInput,
} from "./experiments/requests.ts";
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
  type LogInputsInput,
  type MetricHistoryInput,
  type MetricHistoryBulkInput,
  type MetricIntervalInput,
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
} from "./logged-models/requests.ts";
export {
  searchTracesToWire,
  deleteTracesToWire,
  batchGetTracesToWire,
  type SearchTracesInput,
  type DeleteTracesInput,
  type BatchGetTracesInput,
} from "./traces/requests.ts";
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
export {
  createWebhookToWire,
  updateWebhookToWire,
  type CreateWebhookInput,
  type UpdateWebhookInput,
  type ListWebhooksInput,
} from "./webhooks/requests.ts";
