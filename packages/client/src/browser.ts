export { type CreateExperimentInput, type SearchExperimentsInput } from "./rest/experiment-calls.ts";
export {
  type CreateLoggedModelInput,
  type DatasetFilter,
  type ListLoggedModelArtifactsInput,
  type LoggedModelOrder,
  type SearchLoggedModelsInput,
} from "./rest/logged-model-calls.ts";
export { MlflowClient } from "./rest/mlflow-client.ts";
export type { Page } from "./rest/page.ts";
export {
  type CreateModelVersionInput,
  type CreateRegisteredModelInput,
  type ModelVersionKey,
  type SearchRegistryInput,
  type TransitionStageInput,
} from "./rest/registry-calls.ts";
export { type Authorize, type CallOptions, RestClient, type RestClientOptions } from "./rest/rest-client.ts";
export type { RetryPolicy } from "./rest/retry-policy.ts";
export {
  type ArtifactPage,
  type CreateRunInput,
  type ListArtifactsInput,
  type LogBatchInput,
  type LogInputsInput,
  type MetricHistoryInput,
  type MetricIntervalInput,
  type RunMetric,
  type SearchRunsInput,
  type UpdateRunInput,
} from "./rest/run-calls.ts";
export type { BatchGetTracesInput, DeleteTracesInput, SearchTracesInput } from "./rest/trace-calls.ts";
export type { CreateWebhookInput, ListWebhooksInput, UpdateWebhookInput } from "./rest/webhook-calls.ts";
