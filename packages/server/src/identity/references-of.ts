import { parseArtifactUri } from "@flightdeck/artifacts";
import { API_PREFIXES, ARTIFACT_PROXY_PATH, type Permission } from "@flightdeck/protocol";
import type { PermissionLevel, Reference } from "@flightdeck/store";

/** What a request names, and what must be held on it, or else on another. */
export type Needed = {
  readonly reference: Reference;
  readonly level: PermissionLevel;
  readonly or?: Reference;
};

type Make = (text: string) => Reference;

const experiment: Make = (experimentId) => ({ kind: "experiment", experimentId });
const loggedModel: Make = (modelId) => ({ kind: "logged-model", modelId });
/** In calls for artifacts, MLflow 3 puts a logged model's id where a run's belongs. */
const run: Make = (runId) => (runId.startsWith("m-") ? loggedModel(runId) : { kind: "run", runId });
const trace: Make = (traceId) => ({ kind: "trace", traceId });
const registeredModel: Make = (name) => ({ kind: "registered-model", name });

/** Fields of requests that name something, wherever in the request they are; a list names each of its members. */
const FIELDS: ReadonlyMap<string, Make> = new Map([
  ["experiment_id", experiment],
  ["experiment_ids", experiment],
  ["experiment_name", (name) => ({ kind: "experiment-name", name })],
  ["run_id", run],
  ["run_ids", run],
  ["run_uuid", run],
  ["source_run_id", run],
  ["model_id", loggedModel],
  ["model_ids", loggedModel],
  ["trace_id", trace],
  ["trace_ids", trace],
  ["request_id", trace],
  ["request_ids", trace],
]);

/** What a permission's last word asks for. */
const LEVELS: ReadonlyMap<string, PermissionLevel> = new Map([
  ["view", "CAN_READ"],
  ["edit", "CAN_EDIT"],
  ["manage", "CAN_MANAGE"],
]);

/**
 * All that a parsed request names, with what the endpoint's permission asks for on it. A call on a registered model reads
 * the runs and models that it names beside. What is not given ("" in protobuf's JSON form) names nothing.
 */
export function referencesOf(permission: Permission, request: unknown): readonly Needed[] {
  const [noun, verb = ""] = permission.split(".");
  const level = LEVELS.get(verb) ?? "CAN_MANAGE";
  if (noun !== "model") return named(request, level);
  return [...modelsNamed(request, level), ...named(request, "CAN_READ"), ...sourceNamed(request)];
}

/** A place among the proxied artifacts. Whoever may see a registered model may read the files of its versions there. */
export function artifactAt(path: string, level: PermissionLevel): readonly Needed[] {
  const or = { kind: "version-files", uri: `mlflow-artifacts:/${path}` } as const;
  return [{ reference: { kind: "artifact", path }, level, or }];
}

/** A request that renames must manage what it renames, whatever else it may do. */
function modelsNamed(request: unknown, level: PermissionLevel): readonly Needed[] {
  const needed = textField(request, "new_name") === undefined ? level : "CAN_MANAGE";
  const names = [...MODEL_FIELDS.map((field) => textField(request, field)), nameInLevels(request)];
  return names
    .filter((name) => name !== undefined)
    .map((name) => ({ reference: registeredModel(name), level: needed }));
}

/** Unity Catalog's own API names a model by the levels of its name, too. */
function nameInLevels(request: unknown): string | undefined {
  const levels = ["catalog_name", "schema_name", "model_name"].map((field) => textField(request, field));
  return levels.includes(undefined) ? undefined : levels.join(".");
}

const MODEL_FIELDS = ["name", "full_name", "securable_full_name", "registered_model_id"] as const;

/** Requests are a few levels deep, and were parsed within a bound. */
function named(value: unknown, level: PermissionLevel): readonly Needed[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, field]: [string, unknown]) => {
    const make = Array.isArray(value) ? undefined : FIELDS.get(key);
    if (make === undefined) return named(field, key === "models" ? "CAN_READ" : level);
    const texts = Array.isArray(field) ? field : [field];
    return texts.filter(isGiven).map((text) => ({ reference: make(text), level }));
  });
}

function isGiven(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function textField(request: unknown, name: string): string | undefined {
  const value: unknown =
    typeof request === "object" && request !== null ? Reflect.get(request, name) : undefined;
  return isGiven(value) ? value : undefined;
}

/** Whoever may read a version reads the files at its source; so must whoever makes it. */
function sourceNamed(request: unknown): readonly Needed[] {
  const source = textField(request, "source");
  const reference = source === undefined ? undefined : referenceOfUri(source);
  return reference === undefined ? [] : [{ reference, level: "CAN_READ" }];
}

/** To what the files at a URI belong; undefined when they are in storage that this server leaves to its clients. */
export function referenceOfUri(text: string): Reference | undefined {
  const uri = parseArtifactUri(text);
  switch (uri.kind) {
    case "mlflow-artifacts":
      return { kind: "artifact", path: uri.path };
    case "runs":
      return run(uri.runId);
    case "models":
      return uri.model.by === "id" ? loggedModel(uri.model.modelId) : registeredModel(uri.model.name);
    case "dbfs":
      return ofDbfs(uri.path);
    case "http":
      return ofUrl(uri.url);
    case "file": // A version's source must then be its run's or model's, which are named beside.
    case "s3":
    case "other":
      return undefined;
  }
}

/** Belongs to no experiment, so that only admins reach it. */
const NOBODYS: Reference = { kind: "artifact", path: "" };

/** Where Databricks keeps the artifacts of an experiment. */
function ofDbfs(path: string): Reference {
  const [, experimentId] = /^\/databricks\/mlflow(?:-tracking)?\/(\d+)\//.exec(path) ?? [];
  return experimentId === undefined ? NOBODYS : experiment(experimentId);
}

/** Older clients record the proxy's URL itself. */
function ofUrl(url: string): Reference | undefined {
  const { pathname } = new URL(url);
  const proxy = `${API_PREFIXES[0]}/2.0${ARTIFACT_PROXY_PATH}/`;
  const at = pathname.indexOf(proxy);
  if (at < 0) return undefined;
  return referenceOfUri(`mlflow-artifacts:/${pathname.slice(at + proxy.length)}`);
}
