/** A resource named by a call, and the permission level that the caller needs on it. */
export type Need = {
  readonly resource: Resource;
  readonly level: PermissionLevel;
  /** Set only by a call that may create the resource; other calls are refused when it does not exist. */
  readonly mayBeAbsent?: true | undefined;
};

/** A resource without a level needs the level of the call. */
export type Named = Resource | Need;

/**
 * Who may make a call, and the resources it acts on. Every endpoint and every other route declares one. On a server
 * with authentication a single check enforces it. Admins may make every call.
 *
 * - `anybody` needs no token.
 * - `users` and `admins` make calls that concern the whole workspace. Users see only the list entries they have access to.
 * - `grantees` act on resources. The caller needs the required level on every named resource. A call that names none is
 *   refused.
 *
 * `level` describes the call: `CAN_READ` changes nothing. `names` returns each resource that the request reads or
 * changes.
 */
export type Access<TRequest = unknown> = {
  readonly audience: "anybody" | "users" | "admins" | "grantees";
  readonly level: PermissionLevel;
  // A method rather than a property, so that `Access<Specific>` is assignable to `Access`: parameters of methods are
  // bivariant.
  names?(this: void, request: TRequest): readonly Named[];
};

/** What a call creates. The creator gets CAN_MANAGE on it. A call without this declaration creates nothing. */
export type Creation = "experiment" | "registered-model";

/** All resources that a request names, each with the level needed. */
export function needsOf<TRequest>(access: Access<TRequest>, request: TRequest): readonly Need[] {
  const named = access.names?.(request) ?? [];
  return named.map((each) => ("resource" in each ? each : { resource: each, level: access.level }));
}

/** Needs no token: health, versions, login. */
export const ANYBODY: Access = { audience: "anybody", level: "CAN_READ" };
/** For any user; changes nothing. */
export const USERS_READ: Access = { audience: "users", level: "CAN_READ" };
/** For any user; changes something in the workspace. */
export const USERS_CHANGE: Access = { audience: "users", level: "CAN_EDIT" };
/** For admins only; changes nothing. */
export const ADMINS_READ: Access = { audience: "admins", level: "CAN_READ" };
/** For admins only; changes something in the workspace. */
export const ADMINS_CHANGE: Access = { audience: "admins", level: "CAN_MANAGE" };

/**
 * How a call declares its access: in full, or, if it acts on the resources it names, by what it does to them. Deleting,
 * sharing or renaming something counts as managing it.
 */
export type AccessDeclaration<TRequest> =
  | { readonly access: Access<TRequest> }
  | { reads(this: void, request: TRequest): readonly Named[] }
  | { edits(this: void, request: TRequest): readonly Named[] }
  | { manages(this: void, request: TRequest): readonly Named[] };

/** Expands a declaration: `reads`, `edits` and `manages` are open to grantees with that level. */
export function accessOf<TRequest>(declared: AccessDeclaration<TRequest>): Access<TRequest> {
  if ("access" in declared) return declared.access;
  const audience = "grantees";
  if ("reads" in declared) return { audience, level: "CAN_READ", names: declared.reads };
  if ("edits" in declared) return { audience, level: "CAN_EDIT", names: declared.edits };
  return { audience, level: "CAN_MANAGE", names: declared.manages };
}

/** A resource that the call only reads, even if it changes others. */
export function reading(resource: Resource): Need {
  return { resource, level: "CAN_READ" };
}

/** A resource that needs CAN_MANAGE although the call's own level is lower. */
export function managing(resource: Resource): Need {
  return { resource, level: "CAN_MANAGE" };
}

/** A resource that the call edits if it exists, and creates otherwise. */
export function creating(resource: Resource): Need {
  return { resource, level: "CAN_EDIT", mayBeAbsent: true };
}

/** Databricks' permission levels. Each level includes those before it. */
export const PERMISSION_LEVELS = ["CAN_READ", "CAN_EDIT", "CAN_MANAGE"] as const;
/** One of `PERMISSION_LEVELS`. */
export type PermissionLevel = (typeof PERMISSION_LEVELS)[number];

/** Something named by a request: an experiment or a registered model, or something that belongs to one. */
export type Resource =
  | { readonly kind: "experiment"; readonly experimentId: string }
  | { readonly kind: "experiment-name"; readonly name: string }
  | { readonly kind: "run"; readonly runId: string }
  | { readonly kind: "logged-model"; readonly modelId: string }
  | { readonly kind: "trace"; readonly traceId: string }
  | { readonly kind: "registered-model"; readonly name: string }
  /** The files at an artifact URI: `runs:/…`, `models:/…`, `mlflow-artifacts:/…`, `dbfs:/…`, a URL of the proxy. */
  | { readonly kind: "files"; readonly uri: string }
  /** The artifact location of a new experiment. Only admins may choose a location on the server itself. */
  | { readonly kind: "artifact-location"; readonly uri: string }
  /** A path below the proxied artifacts' root. */
  | { readonly kind: "artifact-path"; readonly path: string }
  | { readonly kind: "dbfs-path"; readonly path: string }
  /** An absolute path of the Files API: `/Models/…`, `/WorkspaceInternal/…`. */
  | { readonly kind: "files-path"; readonly path: string };

/** The experiment with this id. */
export const experiment = (experimentId: string): Resource => ({ kind: "experiment", experimentId });
/** The experiment with this name. */
export const experimentNamed = (name: string): Resource => ({ kind: "experiment-name", name });
/** The logged model with this id, `m-` and 32 hex digits. */
export const loggedModel = (modelId: string): Resource => ({ kind: "logged-model", modelId });
/** The trace with this id. */
export const trace = (traceId: string): Resource => ({ kind: "trace", traceId });
/** The registered model with this name, which is `catalog.schema.model` in Unity Catalog. */
export const registeredModel = (name: string): Resource => ({ kind: "registered-model", name });
export const filesAt = (uri: string): Resource => ({ kind: "files", uri });
export const artifactLocation = (uri: string): Resource => ({ kind: "artifact-location", uri });
/** A path below the root of the server's artifact proxy, without a leading slash. */
export const artifactPath = (path: string): Resource => ({ kind: "artifact-path", path });
/** A DBFS path, without a leading slash. */
export const dbfsPath = (path: string): Resource => ({ kind: "dbfs-path", path });
/** An absolute path of the Files API. */
export const filesPath = (path: string): Resource => ({ kind: "files-path", path });

/** A run, or a logged model, since MLflow 3 sends a logged model's id in place of a run's in artifact calls. */
export const run = (runId: string): Resource =>
  runId.startsWith("m-") ? loggedModel(runId) : { kind: "run", runId };
