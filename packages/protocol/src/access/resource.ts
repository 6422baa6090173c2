/** Databricks' names for what viewers, editors and managers hold. Each level holds those before it. */
export const PERMISSION_LEVELS = ["CAN_READ", "CAN_EDIT", "CAN_MANAGE"] as const;
export type PermissionLevel = (typeof PERMISSION_LEVELS)[number];

/** Something that a request names. It is an experiment or a registered model, or belongs to one. */
export type Resource =
  | { readonly kind: "experiment"; readonly experimentId: string }
  | { readonly kind: "experiment-name"; readonly name: string }
  | { readonly kind: "run"; readonly runId: string }
  | { readonly kind: "logged-model"; readonly modelId: string }
  | { readonly kind: "trace"; readonly traceId: string }
  | { readonly kind: "registered-model"; readonly name: string }
  /** The files at an artifact URI: `runs:/…`, `models:/…`, `mlflow-artifacts:/…`, `dbfs:/…`, a URL of the proxy. */
  | { readonly kind: "files"; readonly uri: string }
  /** Where a new experiment is to keep artifacts; a place of this server's own is for admins to give. */
  | { readonly kind: "artifact-location"; readonly uri: string }
  /** A path below the proxied artifacts' root. */
  | { readonly kind: "artifact-path"; readonly path: string }
  | { readonly kind: "dbfs-path"; readonly path: string }
  /** An absolute path of the Files API: `/Models/…`, `/WorkspaceInternal/…`. */
  | { readonly kind: "files-path"; readonly path: string };

export const experiment = (experimentId: string): Resource => ({ kind: "experiment", experimentId });
export const experimentNamed = (name: string): Resource => ({ kind: "experiment-name", name });
export const loggedModel = (modelId: string): Resource => ({ kind: "logged-model", modelId });
export const trace = (traceId: string): Resource => ({ kind: "trace", traceId });
export const registeredModel = (name: string): Resource => ({ kind: "registered-model", name });
export const filesAt = (uri: string): Resource => ({ kind: "files", uri });
export const artifactLocation = (uri: string): Resource => ({ kind: "artifact-location", uri });
export const artifactPath = (path: string): Resource => ({ kind: "artifact-path", path });
export const dbfsPath = (path: string): Resource => ({ kind: "dbfs-path", path });
export const filesPath = (path: string): Resource => ({ kind: "files-path", path });

/** In calls for artifacts, MLflow 3 puts a logged model's id where a run's belongs. */
export const run = (runId: string): Resource =>
  runId.startsWith("m-") ? loggedModel(runId) : { kind: "run", runId };
