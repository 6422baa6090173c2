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
  type MetricHistoryInput,
  type MetricIntervalInput,
  type RunMetric,
  type SearchRunsInput,
  type UpdateRunInput,
} from "@flightdeck/protocol";
export type { BatchGetTracesInput, DeleteTracesInput, SearchTracesInput } from "@flightdeck/protocol";
export type { CreateWebhookInput, ListWebhooksInput, UpdateWebhookInput } from "@flightdeck/protocol";
