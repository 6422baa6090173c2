/**
 * All limits. Names end in the unit. Values are MLflow's (`mlflow/utils/validation.py`) where it has one, since clients
 * split their batches accordingly.
 */
export const LIMITS = {
  experimentNameCharsMax: 500,
  entityKeyCharsMax: 250,
  paramValueCharsMax: 6000,
  tagValueCharsMax: 8000,
  experimentTagValueCharsMax: 20_000,
  registeredModelTagValueCharsMax: 100_000,
  modelNameCharsMax: 256,
  aliasCharsMax: 255,
  datasetNameCharsMax: 500,
  datasetDigestCharsMax: 36,
  datasetSourceCharsMax: 65_535,
  datasetSchemaCharsMax: 1_048_575,
  datasetProfileCharsMax: 16_777_215,
  inputTagKeyCharsMax: 255,
  inputTagValueCharsMax: 500,
  batchMetricsMax: 1000,
  batchParamsMax: 100,
  batchTagsMax: 100,
  batchEntitiesMax: 1000,
  searchRunsResultsMax: 50_000,
  searchRunsResultsDefault: 1000,
  searchExperimentsResultsMax: 50_000,
  searchExperimentsResultsDefault: 1000,
  searchRegistryResultsMax: 1000,
  searchRegistryResultsDefault: 100,
  searchModelVersionsResultsMax: 200_000,
  searchModelVersionsResultsDefault: 10_000,
  searchLoggedModelsResultsMax: 1000,
  searchLoggedModelsResultsDefault: 100,
  listWebhooksResultsMax: 1000,
  listWebhooksResultsDefault: 100,
  /** The server goes through all webhooks that subscribe to an event. */
  webhooksMax: 1000,
  webhookUrlCharsMax: 500,
  webhookDescriptionCharsMax: 1000,
  webhookSecretCharsMax: 1000,
  metricHistoryResultsMax: 25_000,
  searchDatasetsExperimentsMax: 20,
  searchDatasetsResultsMax: 1000,
  bulkIntervalRunsMax: 100,
  bulkIntervalResultsMax: 2500,
  /** The longest filter that is parsed, to bound the parser's work. */
  filterCharsMax: 100_000,
  /** Nested brackets and NOTs, to bound the recursion of the parser and the database. */
  filterDepthMax: 50,
  /** SQLite refuses expressions deeper than 1000, and each comparison adds up to three levels. */
  filterComparisonsMax: 250,
  /** SQLite allows patterns of 50,000 bytes; a character may need three. */
  likePatternCharsMax: 16_000,
  /**
   * Characters after the first `%` of a pattern, summed over all patterns of a filter. A database compares each of them
   * at every position of the stored text, at 1.1 ns each on SQLite: 250 × 8,000 characters of a tag take 2 ms a row,
   * 250 × 100,000 of a registered model's tag 28 ms.
   */
  likeSearchedCharsMax: 250,
  /** Each clause costs one look-up per row. */
  orderByClausesMax: 20,
  /** Enough for a log-batch of 1000 entities with long values; MLflow's clients limit a batch to 1 MB. */
  jsonBodyBytesMax: 10 * 1024 * 1024,
  /**
   * Limit for a request's ids, names, keys and paths, checked first. Higher than the limits of the stores, which refuse
   * with MLflow's messages.
   */
  shortTextCharsMax: 10_000,
  /**
   * Limit for a request's values, descriptions, filters and page tokens. A page token contains the sort keys of a row.
   */
  longTextCharsMax: 1024 * 1024,
  /**
   * Items in a list of a request. Clients split their batches at 1000, and the stores refuse more with MLflow's
   * message.
   */
  requestItemsMax: 10_000,
  /** Clients that search all experiments send the id of each. */
  requestExperimentsMax: 100_000,
  artifactListEntriesMax: 1000,
  /** Databricks' limit. */
  idempotencyTokenCharsMax: 64,
  /** Databricks' limit. */
  jobNameCharsMax: 4096,
  /** A task, a job's settings or a cluster's definition; a shell script in one is a few kilobytes. */
  jobDocumentCharsMax: 1_000_000,
  /** Each is one row; more than a machine can run in weeks. */
  queuedJobRunsMax: 10_000,
  /** Databricks' limits are 100 jobs and 25 runs, but its old command line may request more. */
  listJobsResultsMax: 1000,
  listJobsResultsDefault: 20,
  listClustersResultsMax: 1000,
  listClustersResultsDefault: 100,
  clusterEventsResultsMax: 500,
  clusterEventsResultsDefault: 50,
  traceIdCharsMax: 50,
  traceTagKeyCharsMax: 250,
  traceTagValueCharsMax: 8000,
  traceMetadataKeyCharsMax: 250,
  /** Clients truncate inputs and outputs in metadata to 250 characters; other values are far shorter than this. */
  traceMetadataValueCharsMax: 8000,
  /** Tags, metadata or assessments of one trace in one request. */
  traceEntriesMax: 1000,
  /** Clients truncate a preview to 1000 characters for MLflow's server, to 10,000 for Databricks. */
  tracePreviewCharsMax: 10_000,
  /** The length of MLflow's own preview of a root span that was sent only by OTLP. */
  tracePreviewMadeCharsMax: 1000,
  searchTracesResultsMax: 500,
  searchTracesResultsDefault: 100,
  linkTracesMax: 100,
  /** Clients delete 100 traces per call. */
  deleteTraceIdsMax: 1000,
  /** Clients get 10 traces per call. */
  batchGetTracesMax: 100,
  /** Spans per trace and per request; agents create hundreds. */
  traceSpansMax: 10_000,
  /** The size of a trace's spans; a trace is sent as a whole, from memory. */
  traceSpansBytesMax: 64 * 1024 * 1024,
  /** The size of a response with several traces. */
  batchGetTracesBytesMax: 128 * 1024 * 1024,
  /** The body of an OTLP request, also after decompression. A span may contain documents and images. */
  otlpBodyBytesMax: 32 * 1024 * 1024,
  /**
   * Values in the attributes of one OTLP request, including those in lists and maps; each costs a few hundred bytes.
   */
  otlpValuesMax: 500_000,
  /**
   * Nested lists and maps in a span's attribute. protobuf's own parsers stop at 100 nested messages, three for each
   * level.
   */
  attributeDepthMax: 32,
  spanNameCharsMax: 10_000,
  assessmentNameCharsMax: 250,
  /** The rationale of a judge, for example. */
  assessmentTextCharsMax: 65_535,
} as const;
