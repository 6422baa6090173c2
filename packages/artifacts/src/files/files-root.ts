/** Where MLflow's own artifacts are in a workspace whose experiments guard them; nobody gets there by DBFS. */
const TRACKED = /^dbfs:\/+databricks\/mlflow-tracking\/([^/]+)\/(.+)$/s;
const LOGGED_MODEL = /^logged_models\/(.+)$/s;
/** Files of a model's version in Unity Catalog. */
const MODELS = /^dbfs:\/+(Models\/.+)$/s;

/**
 * The path of the Files API that an artifact URI stands for, still percent-encoded; undefined for those that are reached
 * by DBFS. Source: the requests of MLflow 3.17, recorded.
 */
export function filesRootOf(uri: string): string | undefined {
  const [, models] = MODELS.exec(uri) ?? [];
  if (models !== undefined) return models;
  const [, experimentId, rest] = TRACKED.exec(uri) ?? [];
  if (experimentId === undefined || rest === undefined) return undefined;
  const [, model] = LOGGED_MODEL.exec(rest) ?? [];
  const inside = model === undefined ? `Runs/${rest}` : `LoggedModels/${model}`;
  return `WorkspaceInternal/Mlflow/Artifacts/${experimentId}/${inside}`;
}
