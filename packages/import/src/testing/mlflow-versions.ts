/** The releases that fixtures are made with: the last of MLflow 1, 2 and 3 each when this was written. */
export const MLFLOW_VERSIONS = ["1.30.1", "2.22.4", "3.17.2"] as const;

export type MlflowVersion = (typeof MLFLOW_VERSIONS)[number];
