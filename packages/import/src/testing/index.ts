export { writeFolderFixture } from "./fixtures.ts";
export { MLFLOW_VERSIONS, type MlflowVersion } from "./mlflow-versions.ts";
export { mlflowEnvironment, mlflowPython, type MlflowScript, runMlflow } from "./run-mlflow.ts";
export { snapshot } from "./snapshot.ts";
