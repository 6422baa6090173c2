/**
 * The first element of every query's key: the noun that an answer is about. What the server announces is matched
 * against these, so each query begins with one.
 */
export const QUERY_KEYS = {
  experiments: "experiments",
  experiment: "experiment",
  runs: "runs",
  run: "run",
  metricHistory: "metric-history",
  artifacts: "artifacts",
  artifactContent: "artifact-content",
  loggedModels: "logged-models",
  loggedModel: "logged-model",
  registeredModels: "registered-models",
  registeredModel: "registered-model",
  modelVersions: "model-versions",
  jobRuns: "job-runs",
  jobRun: "job-run",
  clusters: "clusters",
  currentUser: "current-user",
} as const;
