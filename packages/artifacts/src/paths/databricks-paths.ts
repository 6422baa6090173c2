import { AppError } from "@flightdeck/core";
import { checkArtifactPath } from "./check-artifact-path.ts";

/*
 * Paths as a Databricks workspace names files: those of DBFS, and below two roots of the Files API the files of model
 * versions, runs and logged models.
 */

/**
 * Reads a path of DBFS or the Files API, `/x` or `dbfs:/x`, and gives it relative to the root, "" for the root itself.
 * Slashes in a row mean one: command lines join paths so. Throws `INVALID_PARAMETER_VALUE` for a relative one and for a
 * way out.
 */
export function parseDbfsPath(text: string): string {
  const path = text.replace(/^dbfs:/, "");
  if (path.startsWith("/")) return checkArtifactPath(path.replace(/\/{2,}/g, "/").slice(1));
  throw new AppError("INVALID_PARAMETER_VALUE", `Path must be absolute: ${JSON.stringify(text)}`);
}

/** A place among the files of a version, as the Files API names it. */
export type ModelFiles = { readonly name: string; readonly version: string; readonly path: string };

const NUMBER = /^\d+$/;

/**
 * Reads `Models/<catalog>/<schema>/<model>/<version>/<path>`, or `Models/<model>/<version>/<path>`, and gives undefined
 * for every other checked path. A schema is no number, so a path means one version alone.
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

/** A place among what a run or a logged model keeps; `path` is below its artifacts, "" is their root. */
export type TrackedFiles = {
  readonly kind: "run" | "logged-model";
  readonly id: string;
  readonly path: string;
};

/** Where MLflow 3 looks for what a run or a logged model keeps. */
const TRACKED =
  /^WorkspaceInternal\/Mlflow\/Artifacts\/[^/]+\/(Runs|LoggedModels)\/([^/]+)(?:\/artifacts(?:\/(.*))?)?$/s;

/** Reads a checked path of the Files API; undefined for one that is elsewhere, or beside what one of them keeps. */
export function parseTrackedFiles(checked: string): TrackedFiles | undefined {
  const [, kind, id, inside = ""] = TRACKED.exec(checked) ?? [];
  if (kind === undefined || id === undefined) return undefined;
  return { kind: kind === "Runs" ? "run" : "logged-model", id, path: inside };
}
