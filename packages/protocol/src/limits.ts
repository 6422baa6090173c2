/**
 * The one table of limits. Names end in the unit. Values are MLflow's (`mlflow/utils/validation.py`) where it has one,
 * since clients split their batches by them.
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
  /** Each is looked at for every event that it is subscribed to. */
  webhooksMax: 1000,
  webhookUrlCharsMax: 500,
  webhookDescriptionCharsMax: 1000,
  webhookSecretCharsMax: 1000,
  metricHistoryResultsMax: 25_000,
  searchDatasetsExperimentsMax: 20,
  searchDatasetsResultsMax: 1000,
  bulkIntervalRunsMax: 100,
  bulkIntervalResultsMax: 2500,
  /** Longest filter that is parsed; keeps the parser's work bounded. */
  filterCharsMax: 100_000,
  /** Brackets and NOTs inside each other; keeps the parser's and the database's recursion shallow. */
  filterDepthMax: 50,
  /** SQLite refuses expressions deeper than 1000, and each comparison deepens one by up to three. */
  filterComparisonsMax: 250,
  /** SQLite takes patterns of 50,000 bytes; a character may need three. */
  likePatternCharsMax: 16_000,
  /**
   * Characters behind the first `%` of a pattern, in all patterns of a filter. A database compares each of them at every
   * place of a stored text, at 1.1 ns each on SQLite: 250 × 8,000 characters of a tag are 2 ms a row, 250 × 100,000 of a
   * registered model's tag 28 ms.
   */
  likeSearchedCharsMax: 250,
  /** Each clause costs every row a look-up. */
  orderByClausesMax: 20,
  /** A log-batch of 1000 entities with long values stays below; MLflow's clients cap a batch at 1 MB. */
  jsonBodyBytesMax: 10 * 1024 * 1024,
  /**
   * Of a request's ids, names, keys and paths, before any other work. Above all that the stores take, whose refusals have
   * MLflow's words.
   */
  shortTextCharsMax: 10_000,
  /** Of its values, descriptions, filters and page tokens: a page token holds the sort keys of a row. */
  longTextCharsMax: 1024 * 1024,
  /** Items of a request's list. Clients split their batches at 1000, and the stores refuse more in MLflow's words. */
  requestItemsMax: 10_000,
  /** Clients that search all experiments name each. */
  requestExperimentsMax: 100_000,
  artifactListEntriesMax: 1000,
  /** As Databricks has it. */
  idempotencyTokenCharsMax: 64,
  /** As Databricks has it. */
  jobNameCharsMax: 4096,
  /** A task, a job's settings or a cluster's definition: a shell script within is some kilobytes. */
  jobDocumentCharsMax: 1_000_000,
  /** Each waits as one row; more than a machine carries out in weeks. */
  queuedJobRunsMax: 10_000,
  /** Databricks' bounds are 100 jobs and 25 runs; its old command line may ask for more. */
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
  /** Clients cut inputs and outputs in metadata to 250 characters; statistics and others stay far below. */
  traceMetadataValueCharsMax: 8000,
  /** Tags, metadata or assessments of one trace in one request. */
  traceEntriesMax: 1000,
  /** Clients cut a preview to 1000 characters on the open server, to 10,000 on Databricks. */
  tracePreviewCharsMax: 10_000,
  /** As MLflow's own preview of a root span that came by OTLP alone. */
  tracePreviewMadeCharsMax: 1000,
  searchTracesResultsMax: 500,
  searchTracesResultsDefault: 100,
  linkTracesMax: 100,
  /** Clients delete 100 traces a call. */
  deleteTraceIdsMax: 1000,
  /** Clients get 10 traces a call. */
  batchGetTracesMax: 100,
  /** Spans that a trace, and a request, may have: agents make hundreds. */
  traceSpansMax: 10_000,
  /** What a trace's spans may hold: a trace is answered whole, from memory. */
  traceSpansBytesMax: 64 * 1024 * 1024,
  /** What one answer with many traces may hold. */
  batchGetTracesBytesMax: 128 * 1024 * 1024,
  /** OTLP's body, also when unpacked. A span may carry documents and images. */
  otlpBodyBytesMax: 32 * 1024 * 1024,
  /** Values in the attributes of one OTLP request, those within lists and maps too: each costs some hundred bytes. */
  otlpValuesMax: 500_000,
  /** Lists and maps in a span's attribute. protobuf's own parsers stop at 100 messages, three for each level. */
  attributeDepthMax: 32,
  spanNameCharsMax: 10_000,
  assessmentNameCharsMax: 250,
  /** A judge's words. */
  assessmentTextCharsMax: 65_535,
} as const;
