import { serverUrl } from "../../../app/mlflow-client.ts";
import type { ArtifactPlace } from "../artifact-root.ts";

/** Where the server streams a file of a tree. MLflow has one route for runs and one for logged models. */
export function artifactAddress({ root, path }: ArtifactPlace): string {
  if (root.kind === "run")
    return `${serverUrl}/get-artifact?${new URLSearchParams({ path, run_id: root.id }).toString()}`;
  const query = new URLSearchParams({ artifact_file_path: path }).toString();
  return `${serverUrl}/ajax-api/2.0/mlflow/logged-models/${encodeURIComponent(root.id)}/artifacts/files?${query}`;
}
