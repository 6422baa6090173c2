/** Tags with a meaning to MLflow's clients and page (`mlflow/utils/mlflow_tags.py`). */
export const SYSTEM_TAGS = {
  runName: "mlflow.runName",
  runNote: "mlflow.note.content",
  parentRunId: "mlflow.parentRunId",
  user: "mlflow.user",
  sourceName: "mlflow.source.name",
  sourceType: "mlflow.source.type",
  gitCommit: "mlflow.source.git.commit",
  gitRepoUrl: "mlflow.source.git.repoURL",
  gitBranch: "mlflow.source.git.branch",
  projectEntryPoint: "mlflow.project.entryPoint",
  projectBackend: "mlflow.project.backend",
  projectEnv: "mlflow.project.env",
  projectVersion: "mlflow.project.version",
  loggedModelHistory: "mlflow.log-model.history",
  modelVersions: "mlflow.modelVersions",
  datasetContext: "mlflow.data.context",
} as const;
