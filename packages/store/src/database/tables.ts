import type { Generated } from "kysely";

/**
 * The schema for the query builder; `migrations/` creates it. Rows refer to each other by number; the text ids of the API
 * are columns such as `run_uuid` and `model_uuid`. Keys of metrics, params and tags are interned per experiment in `keys`,
 * which keeps rows and indexes of the largest tables to a few bytes and keeps a search within its experiments. Times are
 * UTC milliseconds. A deleted row has `deleted_time_ms`.
 */
export type Tables = {
  migrations: MigrationTable;
  experiments: ExperimentTable;
  experiment_tags: ExperimentTagTable;
  runs: RunTable;
  keys: KeyTable;
  metrics: MetricTable;
  latest_metrics: LatestMetricTable;
  params: RunTextTable;
  tags: RunTextTable;
  datasets: DatasetTable;
  run_datasets: RunDatasetTable;
  run_dataset_tags: RunDatasetTagTable;
  run_models: RunModelTable;
  logged_models: LoggedModelTable;
  logged_model_tags: LoggedModelTextTable;
  logged_model_params: LoggedModelTextTable;
  logged_model_metrics: LoggedModelMetricTable;
  registered_models: RegisteredModelTable;
  registered_model_tags: RegisteredModelTagTable;
  registered_model_aliases: RegisteredModelAliasTable;
  model_versions: ModelVersionTable;
  model_version_tags: ModelVersionTagTable;
  webhooks: WebhookTable;
  webhook_events: WebhookEventTable;
  principals: PrincipalTable;
  tokens: TokenTable;
  grants: GrantTable;
  imported: ImportedTable;
  garbage: GarbageTable;
  traces: TraceTable;
  trace_tags: TraceTextTable;
  trace_metadata: TraceTextTable;
  trace_runs: TraceRunTable;
  trace_assessments: TraceAssessmentTable;
  spans: SpanTable;
  jobs: JobTable;
  job_runs: JobRunTable;
  job_owners: JobOwnerTable;
  clusters: ClusterTable;
  cluster_events: ClusterEventTable;
};

type MigrationTable = { version: number; name: string; applied_time_ms: number };

export type ExperimentTable = {
  id: Generated<number>;
  name: string;
  artifact_location: string;
  creation_time_ms: number;
  last_update_time_ms: number;
  deleted_time_ms: number | null;
};

type ExperimentTagTable = { experiment_id: number; key: string; value: string };

export type RunTable = {
  id: Generated<number>;
  run_uuid: string;
  experiment_id: number;
  name: string;
  user_id: string;
  status: string;
  start_time_ms: number;
  end_time_ms: number | null;
  artifact_uri: string;
  deleted_time_ms: number | null;
};

type KeyTable = { id: Generated<number>; experiment_id: number; key: string };

/** A metric point. SQL has no NaN, so NaN is stored as `value` 0 with `is_nan` 1. */
type PointColumns = { value: number; is_nan: number; step: number; timestamp_ms: number };

/** Clustered by (run, key, timestamp, step, value): a history is one range scan, and a repeated point is stored once. */
type MetricTable = PointColumns & { run_id: number; key_id: number };

/** One row per run and key, clustered by these and indexed by key and value. */
type LatestMetricTable = PointColumns & { run_id: number; key_id: number };

/** Params and tags, clustered like `latest_metrics`. */
type RunTextTable = { run_id: number; key_id: number; value: string };

type DatasetTable = {
  id: Generated<number>;
  experiment_id: number;
  name: string;
  digest: string;
  source_type: string;
  source: string;
  schema: string | null;
  profile: string | null;
};

type RunDatasetTable = { run_id: number; dataset_id: number };
type RunDatasetTagTable = { run_id: number; dataset_id: number; key: string; value: string };

/** Logged models that a run used as input (`is_output` 0, step 0) or produced. */
type RunModelTable = { run_id: number; is_output: number; model_uuid: string; step: number };

export type LoggedModelTable = {
  id: Generated<number>;
  model_uuid: string;
  experiment_id: number;
  name: string;
  model_type: string;
  source_run_id: string;
  status: string;
  status_message: string;
  artifact_uri: string;
  creation_time_ms: number;
  last_update_time_ms: number;
  deleted_time_ms: number | null;
};

type LoggedModelTextTable = { model_id: number; key: string; value: string };

/** The latest point per model, key, run and dataset. */
type LoggedModelMetricTable = PointColumns & {
  model_id: number;
  key: string;
  run_id: number;
  dataset_name: string;
  dataset_digest: string;
};

export type RegisteredModelTable = {
  id: Generated<number>;
  name: string;
  description: string;
  creation_time_ms: number;
  last_update_time_ms: number;
  /** The highest version number ever assigned, so that numbers are never reused. */
  last_version: number;
};

type RegisteredModelTagTable = { model_id: number; key: string; value: string };
type RegisteredModelAliasTable = { model_id: number; alias: string; version_id: number };

export type ModelVersionTable = {
  id: Generated<number>;
  model_id: number;
  version: number;
  creation_time_ms: number;
  last_update_time_ms: number;
  user_id: string;
  current_stage: string;
  description: string;
  source: string;
  /** The location of the files if `source` is a registry URI, otherwise the same as `source`. */
  storage_location: string;
  run_id: string;
  run_link: string;
  status: string;
  status_message: string;
  logged_model_uuid: string | null;
};

export type WebhookTable = {
  id: Generated<number>;
  webhook_uuid: string;
  name: string;
  url: string;
  description: string;
  /** Encrypted by the caller. */
  sealed_secret: string | null;
  status: string;
  creation_time_ms: number;
  last_update_time_ms: number;
};

type WebhookEventTable = { event: string; webhook_id: number; position: number };

type ModelVersionTagTable = { version_id: number; key: string; value: string };

type PrincipalTable = { id: Generated<number>; name: string; role: string; creation_time_ms: number };

type TokenTable = {
  id: Generated<number>;
  token_uuid: string;
  principal_id: number;
  /** The token that was used to create or exchange this one. */
  parent_id: number | null;
  hash: string;
  kind: string;
  comment: string;
  creation_time_ms: number;
  expiry_time_ms: number;
  revoked_time_ms: number | null;
};

/** Clustered by resource, then by grantee. */
type GrantTable = {
  resource_kind: string;
  resource_id: number;
  grantee_kind: string;
  grantee: string;
  level: string;
};

/**
 * Records of imports. `kind` is `run`, `logged_model`, `experiment` or `model_version`; `source` is empty for kinds whose ids
 * are the same in every workspace.
 */
type ImportedTable = {
  kind: string;
  source: string;
  source_id: string;
  target_id: string;
  state: string;
  points: number;
  files: number;
};

/** Permanently removed things, under their former row ids, until all their data is gone. */
type GarbageTable = { kind: string; row_id: number; uuid: string; artifact_uri: string };

export type TraceTable = {
  id: Generated<number>;
  trace_uuid: string;
  experiment_id: number;
  timestamp_ms: number;
  /** Null while the trace is in progress. */
  execution_time_ms: number | null;
  status: string;
  client_request_id: string | null;
  request_preview: string | null;
  response_preview: string | null;
  /** Number and total size of the spans, kept here because spans arrive one by one. */
  span_count: number;
  span_bytes: number;
};

/** Tags and metadata, clustered like those of models. */
export type TraceTextTable = { trace_id: number; key: string; value: string };

/** Runs that a trace was linked to, in addition to the run it was logged in. */
type TraceRunTable = { run_id: number; trace_id: number };

export type TraceAssessmentTable = {
  id: Generated<number>;
  trace_id: number;
  assessment_uuid: string;
  kind: string;
  name: string;
  span_id: string | null;
  source_type: string;
  source_id: string;
  create_time_ms: number;
  last_update_time_ms: number;
  /** JSON. The next two columns hold it for searches: as text without quotes, and as a number if it is one. */
  value: string;
  value_text: string;
  value_number: number | null;
  /** JSON, like `metadata`. */
  error: string | null;
  rationale: string | null;
  metadata: string;
  overrides: string | null;
  is_valid: number;
};

/** `content` is the whole span as JSON; the other columns exist for filters and sorting. */
export type SpanTable = {
  trace_id: number;
  span_id: string;
  parent_span_id: string | null;
  name: string;
  type: string;
  status: string;
  start_time_ms: number;
  bytes: number;
  content: string;
};

/** `settings` are JSON, or null for the implicit job of a one-time run. */
export type JobTable = {
  id: Generated<number>;
  name: string;
  creator: string;
  created_time_ms: number;
  settings: string | null;
  max_concurrent_runs: number;
  /** Whether runs beyond that number are queued rather than skipped. */
  is_queued: number;
  deleted_time_ms: number | null;
};

/** `spec`, `parameters` and `handle` are JSON. */
export type JobRunTable = {
  id: Generated<number>;
  job_id: number;
  name: string;
  type: string;
  creator: string;
  spec: string;
  parameters: string;
  state: string;
  result: string | null;
  message: string;
  idempotency_key: string | null;
  cluster_uuid: string | null;
  submit_time_ms: number;
  claim_time_ms: number | null;
  task_start_time_ms: number | null;
  end_time_ms: number | null;
  /** The state message to set once the run is cancelled. Null until somebody asks to cancel it. */
  cancel_message: string | null;
  owner_uuid: string | null;
  handle: string | null;
  token_uuid: string | null;
  submit_token_uuid: string | null;
};

/** A server process that executes job runs. `process` is JSON. */
type JobOwnerTable = { uuid: string; host: string; process: string; lease_until_ms: number };

/** `spec` is JSON. `run_id` is the job run that the cluster was created for. */
export type ClusterTable = {
  id: Generated<number>;
  cluster_uuid: string;
  spec: string;
  source: string;
  creator: string;
  state: string;
  message: string;
  start_time_ms: number;
  last_restarted_time_ms: number | null;
  terminated_time_ms: number | null;
  run_id: number | null;
};

type ClusterEventTable = {
  id: Generated<number>;
  cluster_id: number;
  timestamp_ms: number;
  type: string;
  user_name: string;
};
