import type { ClientFacts } from "../api/client-facts.ts";

/**
 * Where experiments of a workspace keep artifacts; the first is the default. Below `mlflow`, all clients (MLflow 1.x, 2.x
 * and 3.x) go by DBFS. Below `mlflow-tracking`, 1.x and 2.x ask for signed URLs and 3.x goes by the Files API, which
 * also sends large files in parts.
 */
export const WORKSPACE_ARTIFACT_ROOTS = [
  "dbfs:/databricks/mlflow",
  "dbfs:/databricks/mlflow-tracking",
] as const;
export type WorkspaceArtifactRoot = (typeof WORKSPACE_ARTIFACT_ROOTS)[number];

export type NewExperiment = {
  readonly artifactLocation: string | undefined;
  readonly client: ClientFacts;
  /** The workspace's own choice. */
  readonly workspaceRoot: WorkspaceArtifactRoot;
};

/**
 * Where a new experiment's artifacts go. One of the two roots as location stands for a place of its own below it; a
 * client of a workspace can only reach what is there.
 */
export function artifactPlaceOf({ artifactLocation = "", client, workspaceRoot }: NewExperiment): {
  readonly artifactLocation?: string;
  readonly artifactRoot?: string;
} {
  const location = artifactLocation.replace(/(?<!\/)\/+$/, "");
  const named = WORKSPACE_ARTIFACT_ROOTS.find((root) => root === location);
  if (named !== undefined) return { artifactRoot: named };
  if (artifactLocation !== "") return { artifactLocation };
  return client.speaksDatabricks ? { artifactRoot: workspaceRoot } : {};
}
