import type { PermissionLevel, Resource } from "./resource.ts";

/** A resource that a call names, with the level that the caller must hold on it. */
export type Need = {
  readonly resource: Resource;
  readonly level: PermissionLevel;
  /** A resource that is absent is refused, unless the call creates it or changes nothing by it. Default: refused. */
  readonly mayBeAbsent?: true;
};

/** A resource alone is needed at the call's own level. */
export type Named = Resource | Need;

/**
 * Who may make a call, and on which resources it acts. Every endpoint and every route declares one; where tokens are
 * asked for, one check enforces it, and nothing else decides. Admins may make every call.
 *
 * `anybody` needs no token. `users` and `admins` concern the whole workspace: lists that users get hold only what they
 * may see. All else acts on resources: `names` gives each that the request reads or changes, and whoever holds too little
 * on one of them, or names nothing, is refused.
 */
export type Access<TRequest = unknown> = Everybodys | Workspaces | Granted<TRequest>;

type Everybodys = { readonly audience: "anybody" };

type Workspaces = { readonly audience: "users" | "admins"; readonly effect: "reads" | "changes" };

type Granted<TRequest> = {
  readonly audience: "grantees";
  readonly level: PermissionLevel;
  // A method, so that the declaration of one endpoint fits where any endpoint may stand: its request is its own schema's.
  names(request: TRequest): readonly Named[];
};

/** What the call creates. Whoever creates something may manage it. A call that does not say so creates nothing. */
export type Creation = "experiment" | "registered-model";

/** What a call named, each with the level needed. */
export function needsOf<TRequest>(access: Access<TRequest>, request: TRequest): readonly Need[] {
  if (access.audience !== "grantees") return [];
  return access
    .names(request)
    .map((named) => ("resource" in named ? named : { resource: named, level: access.level }));
}

/** Whether the call leaves everything as it is. */
export function isReading(access: Access): boolean {
  if (access.audience === "anybody") return true;
  return access.audience === "grantees" ? access.level === "CAN_READ" : access.effect === "reads";
}

/** Anybody, without a token. */
export const ANYBODY: Everybodys = { audience: "anybody" };
export const USERS_READ: Workspaces = { audience: "users", effect: "reads" };
export const USERS_CHANGE: Workspaces = { audience: "users", effect: "changes" };
export const ADMINS_READ: Workspaces = { audience: "admins", effect: "reads" };
export const ADMINS_CHANGE: Workspaces = { audience: "admins", effect: "changes" };

/** Declares a call that reads what it names. */
export function reads<TRequest>(names: (request: TRequest) => readonly Named[]): Granted<TRequest> {
  return { audience: "grantees", level: "CAN_READ", names };
}

/** Declares a call that edits what it names. */
export function edits<TRequest>(names: (request: TRequest) => readonly Named[]): Granted<TRequest> {
  return { audience: "grantees", level: "CAN_EDIT", names };
}

/** Declares a call that manages what it names: who may do what with it, its name. */
export function manages<TRequest>(names: (request: TRequest) => readonly Named[]): Granted<TRequest> {
  return { audience: "grantees", level: "CAN_MANAGE", names };
}

/** A resource that the call only reads, whatever it does to others. */
export function reading(resource: Resource): Need {
  return { resource, level: "CAN_READ" };
}

/** A resource that the call manages, though its own level is lower. */
export function managing(resource: Resource): Need {
  return { resource, level: "CAN_MANAGE" };
}

/** A resource that the call edits when it is there, and creates when it is not. */
export function creating(resource: Resource): Need {
  return { resource, level: "CAN_EDIT", mayBeAbsent: true };
}
