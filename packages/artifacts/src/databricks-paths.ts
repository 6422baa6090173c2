import { AppError } from "@flightdeck/core";
import { checkArtifactPath } from "./artifact-path.ts";

/*
 * Paths of files in a Databricks workspace: in DBFS, and below two roots of the Files API for the files of model versions, runs
 * and logged models.
 */

/**
 * Parses a path of DBFS or the Files API, `/x` or `dbfs:/x`. Returns it relative to the root, "" for the root itself. Repeated
 * slashes count as one, because people join paths that way. Throws `INVALID_PARAMETER_VALUE` for a relative path and for one
 * that leaves the root.
 */
export function parseDbfsPath(text: string): string {
  const path = text.replace(/^dbfs:/, "");
  if (path.startsWith("/")) return checkArtifactPath(path.replace(/\/{2,}/g, "/").slice(1));
  throw new AppError("INVALID_PARAMETER_VALUE", `Path must be absolute: ${JSON.stringify(text)}`);
}

/** A path within the files of a model version, in the Files API. */
export type ModelFiles = { readonly name: string; readonly version: string; readonly path: string };

const NUMBER = /^\d+$/;

/**
 * Parses `Models/<catalog>/<schema>/<model>/<version>/<path>` or `Models/<model>/<version>/<path>`. Returns undefined for any
 * other checked path. A schema's name is never a number, so the result is unambiguous.
 *
 * @example
 * ```ts
 * parseModelFiles("Models/main/default/airline/3/MLmodel"); // { name: "main.default.airline", version: "3", path: "MLmodel" }
 * ```
 */
export function parseModelFiles(checked: string): ModelFiles | undefined {
  const [root, ...segments] = checked.split("/");
  if (root !== "Models") return undefined;
  const levels = NUMBER.test(segments[1] ?? "") ? 1 : 3;
  const name = segments.slice(0, levels);
  const version = segments[levels] ?? "";
  if (!NUMBER.test(version) || name.some((level) => level.includes("."))) return undefined;
  return { name: name.join("."), version, path: segments.slice(levels + 1).join("/") };
}

/** A path within the artifacts of a run or logged model; "" is their root. */
export type TrackedFiles = {
  readonly kind: "run" | "logged-model";
  readonly id: string;
  readonly path: string;
};

/** MLflow 3's path for the artifacts of runs and logged models. */
const TRACKED =
  /^WorkspaceInternal\/Mlflow\/Artifacts\/[^/]+\/(Runs|LoggedModels)\/([^/]+)(?:\/artifacts(?:\/(.*))?)?$/s;

/** Parses a checked path of the Files API; undefined if it is not within the artifacts of a run or logged model. */
export function parseTrackedFiles(checked: string): TrackedFiles | undefined {
  const [, kind, id, inside = ""] = TRACKED.exec(checked) ?? [];
  if (kind === undefined || id === undefined) return undefined;
  return { kind: kind === "Runs" ? "run" : "logged-model", id, path: inside };
}

/** The DBFS folders in which Databricks stores artifacts, each with a subfolder per experiment id. */
export const EXPERIMENT_FOLDERS = ["databricks/mlflow", "databricks/mlflow-tracking"] as const;

/** The id of the experiment whose folder contains a DBFS path, given without a leading slash. */
export function findExperimentOfDbfsPath(path: string): string | undefined {
  const folder = EXPERIMENT_FOLDERS.find((each) => path.startsWith(`${each}/`));
  if (folder === undefined) return undefined;
  const [experimentId = "", inside] = path.slice(folder.length + 1).split("/", 2);
  return inside !== undefined && NUMBER.test(experimentId) ? experimentId : undefined;
}

/** Managed artifacts, with access controlled by the experiment. The DBFS API cannot reach them. */
const TRACKED_URI = /^dbfs:\/+databricks\/mlflow-tracking\/([^/]+)\/(.+)$/s;
const LOGGED_MODEL = /^logged_models\/(.+)$/s;
/** The files of a model version in Unity Catalog. */
const MODELS = /^dbfs:\/+(Models\/.+)$/s;

/**
 * The Files API path of an artifact URI, still percent-encoded; undefined for URIs that are accessed through DBFS. Source:
 * recorded requests of MLflow 3.17.
 */
export function filesRootOf(uri: string): string | undefined {
  const [, models] = MODELS.exec(uri) ?? [];
  if (models !== undefined) return models;
  const [, experimentId, rest] = TRACKED_URI.exec(uri) ?? [];
  if (experimentId === undefined || rest === undefined) return undefined;
  const [, model] = LOGGED_MODEL.exec(rest) ?? [];
  const inside = model === undefined ? `Runs/${rest}` : `LoggedModels/${model}`;
  return `WorkspaceInternal/Mlflow/Artifacts/${experimentId}/${inside}`;
}
