/** The server's bounds; those of single fields and pages are in the protocol's `LIMITS`. */
export const BOUNDS = {
  /** Of lists and objects in a body; requests have five, and a cluster's or a model's documents some more. */
  bodyDepthMax: 100,
  /** A client that has not sent its headers by then holds a connection for nothing. */
  headersWaitMs: 30_000,
  /** A connection on which nothing moves: longer than any query takes, shorter than a forgotten one lives. */
  idleConnectionMs: 120_000,
  /** Above the 60 s for which common proxies keep a connection, so that they close it and no request is lost. */
  keepAliveMs: 75_000,
  /** Six hours, for a whole request with its body: an upload of 250 GB at 100 Mbit/s ends within. */
  requestMs: 21_600_000,
  /** Each costs a file descriptor and some 10 kB; the usual limit of a process is 1024 to 65536 descriptors. */
  connectionsMax: 10_000,
  /** Ids and keys in a path; a key has 250 characters, each of up to 12 bytes when percent-encoded. */
  pathParameterCharsMax: 3000,
  /** 5 TiB: the largest object of S3, so that artifacts can always be moved there. */
  artifactBytesMax: 5_497_558_138_880,
  /** Each holds a file open and its part of the disk's bandwidth; further ones are asked to come again. */
  uploadsMax: 128,
  /** What must come of an upload in each such time, 70 kbit/s: below what any line brings that models are sent over. */
  uploadWindowMs: 30_000,
  uploadWindowBytesMin: 262_144,
  /** How long requests under way may go on when the server closes. */
  closeWaitMs: 10_000,
  /** Pages that watch for changes; each holds a connection. */
  eventClientsMax: 500,
  /** Changes kept for a page that reads slowly; beyond, it is told to load everything anew. */
  eventQueueMax: 1000,
  /** Changes are told together: a page that follows a thousand metrics a second redraws four times a second. */
  eventIntervalMs: 250,
  /** Below the idle bounds of proxies, commonly 60 s, and of this server. */
  eventHeartbeatMs: 15_000,
  /** Deliveries that wait for their turn: some seconds' worth of a busy registry. */
  webhookQueueMax: 1000,
  /** Deliveries under way, as in MLflow's server. */
  webhookDeliveriesMax: 10,
  /** For one attempt, and how often it is repeated: MLflow's numbers. */
  webhookTimeoutMs: 30_000,
  webhookRetriesMax: 3,
  /** Before the first repetition; doubled for each that follows. */
  webhookBackoffMs: 1000,
  /** The longest wait that a receiver may ask for. */
  webhookWaitMsMax: 60_000,
  /** A resolver answers in milliseconds, or not at all. */
  webhookResolveMs: 5000,
  /** What is kept of a receiver's answer, for whoever tests a webhook. */
  webhookAnswerBytesMax: 65_536,
  /** How long deliveries under way may go on when the server closes. */
  webhookCloseWaitMs: 2000,
  /** How long a page may follow changes by a token that was checked once; it then connects anew. */
  eventTokenMs: 300_000,
  /** The page's longest query has 1500 characters, and a hundred words and brackets. */
  graphqlCharsMax: 20_000,
  graphqlTokensMax: 2000,
  /** As MLflow's server has them. */
  graphqlDepthMax: 10,
  graphqlFieldsMax: 1000,
  graphqlRootFieldsMax: 10,
  graphqlAliasesMax: 10,
  /** Runs of one query: each may bring its versions, which are looked up one by one. */
  graphqlRunsMax: 1000,
  /** Logged models of one run that its artifact folder shows. A run logs a handful. */
  runModelsMax: 1000,
  /** How long a signed URL serves: long enough to begin a transfer, which may then last; clients ask again after it. */
  signedUrlMs: 900_000,
  /** The numbers of S3, so that clients split alike. */
  multipartPartsMax: 10_000,
  /** Open at a time; each is a folder with what has come so far. */
  multipartUploadsMax: 1000,
  /** An upload on which nothing moves for a day was abandoned. */
  multipartUploadMs: 86_400_000,
  /** How often abandoned ones are looked for, at most: it costs a look at each. */
  multipartClearMs: 60_000,
  /** Databricks' bounds for one block, one read and one file as base64: 1 MiB. */
  dbfsBlockBytesMax: 1_048_576,
  dbfsReadBytesDefault: 524_288,
  /** Files that are being written block by block; each holds a file open. */
  dbfsHandlesMax: 100,
  /** A handle without a block for this long was forgotten; what was written to it is dropped. */
  dbfsHandleIdleMs: 600_000,
  /** Fields beside the file in a form, and their length: a path and a flag. */
  formFieldsMax: 10,
  formFieldBytesMax: 4096,
  /** Jobs, notebooks, pipelines and tables that a version names as its makers and users: a page of them. */
  lineageTagsMax: 100,
  /** After which another server may take over runs whose server is not heard of; it is renewed four times within. */
  jobLeaseMs: 60_000,
  jobLeaseRenewalMs: 15_000,
  /** How often servers that have ended are looked for. */
  jobRecoveryMs: 5000,
  /** How often the queue is looked at for what other servers did: idle; and while runs could be cancelled there. */
  jobPollIdleMs: 1000,
  jobPollBusyMs: 250,
  /** Between attempts to store how a run has ended while the database cannot be reached. */
  jobStoreRetryMs: 1000,
  /** A task that has been ended is gone within a second. */
  jobEndWaitMs: 5000,
  /** Of each stream, in `get-output`: both together stay below the 5 MB that Databricks gives. */
  jobOutputBytesMax: 2_400_000,
  jobErrorTraceCharsMax: 10_000,
  /** One read of a log. */
  jobLogChunkBytes: 1_048_576,
  /** Experiments and folders that one listing of the workspace shows. */
  workspaceObjectsMax: 50_000,
} as const;
