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
export function parseTrackedFiles(path: string): TrackedFiles | undefined {
  const [, kind, id, inside = ""] = TRACKED.exec(path) ?? [];
  if (kind === undefined || id === undefined) return undefined;
  return { kind: kind === "Runs" ? "run" : "logged-model", id, path: inside };
}
