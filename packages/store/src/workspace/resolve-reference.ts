import { isAppError } from "@flightdeck/core";
import { statement } from "../database/statement.ts";
import { all, first, type Query, type Work } from "../database/work.ts";
import { parseExperimentId } from "../tracking/experiments.ts";
import type { Reference } from "./workspace-store.ts";

/** A resource as grants know it. */
export type ResourceKey = { readonly kind: "experiment" | "registered-model"; readonly id: number };

/** What belongs to one resource alone. */
export type OwnedReference = Exclude<Reference, { readonly kind: "version-files" }>;

/** To which resource something belongs; undefined when there is no such thing. Deleted ones count as well. */
export function* resolveReference(reference: OwnedReference): Work<ResourceKey | undefined> {
  if (reference.kind === "artifact") return yield* resolveArtifact(reference.path);
  const found = (yield* first(lookUp(reference))) ?? (yield* asLoggedModel(reference));
  if (found === undefined) return undefined;
  const kind = reference.kind === "registered-model" ? "registered-model" : "experiment";
  return { kind, id: found.id };
}

/** MLflow 3 sends a logged model's id in the place of a run's to some calls on artifacts. */
function* asLoggedModel(reference: OwnedReference): Work<{ id: number } | undefined> {
  if (reference.kind !== "run") return undefined;
  return yield* first(selectOfLoggedModel({ modelId: reference.runId }));
}

function lookUp(reference: Exclude<OwnedReference, { kind: "artifact" }>): Query<{ id: number }> {
  switch (reference.kind) {
    case "experiment":
      return selectExperiment({ id: experimentNumber(reference.experimentId) });
    case "experiment-name":
      return selectExperimentByName({ name: reference.name });
    case "run":
      return selectOfRun({ runId: reference.runId });
    case "logged-model":
      return selectOfLoggedModel({ modelId: reference.modelId });
    case "trace":
      return selectOfTrace({ traceId: reference.traceId });
    case "registered-model":
      return selectRegisteredModel({ name: reference.name });
  }
}

/** A text that is no id names nothing: the call itself says what is wrong with it. */
function experimentNumber(experimentId: string): number {
  try {
    return parseExperimentId(experimentId);
  } catch (error) {
    if (isAppError(error)) return NO_ID;
    throw error;
  }
}

const NO_ID = -1;

/** The experiment with the longest artifact location that the path lies below. */
function* resolveArtifact(path: string): Work<ResourceKey | undefined> {
  const locations = JSON.stringify(locationsAbove(path));
  const rows = yield* all(selectByLocations({ locations }));
  const longest = rows.toSorted((a, b) => b.artifact_location.length - a.artifact_location.length)[0];
  return longest === undefined ? undefined : { kind: "experiment", id: longest.id };
}

/** A proxied path is a few segments long; what lies deeper belongs to what is above. */
const SEGMENTS_MAX = 16;

function locationsAbove(path: string): string[] {
  const segments = path.split("/").slice(0, SEGMENTS_MAX);
  return segments.map((_segment, index) => `mlflow-artifacts:/${segments.slice(0, index + 1).join("/")}`);
}

const selectExperiment = statement<{ id: number }>()((db, arg) =>
  db.selectFrom("experiments").select("id").where("id", "=", arg("id")),
);

const selectExperimentByName = statement<{ name: string }>()((db, arg) =>
  db.selectFrom("experiments").select("id").where("name", "=", arg("name")),
);

const selectOfRun = statement<{ runId: string }>()((db, arg) =>
  db.selectFrom("runs").select("experiment_id as id").where("run_uuid", "=", arg("runId")),
);

const selectOfLoggedModel = statement<{ modelId: string }>()((db, arg) =>
  db.selectFrom("logged_models").select("experiment_id as id").where("model_uuid", "=", arg("modelId")),
);

const selectOfTrace = statement<{ traceId: string }>()((db, arg) =>
  db.selectFrom("traces").select("experiment_id as id").where("trace_uuid", "=", arg("traceId")),
);

const selectRegisteredModel = statement<{ name: string }>()((db, arg) =>
  db.selectFrom("registered_models").select("id").where("name", "=", arg("name")),
);

const selectByLocations = statement<{ locations: string }>()((db, arg, dialect) =>
  db
    .selectFrom("experiments")
    .select(["id", "artifact_location"])
    .where("artifact_location", "in", dialect.listOfTexts(arg("locations"))),
);
