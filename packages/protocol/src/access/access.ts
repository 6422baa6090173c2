import type { PermissionLevel, Resource } from "./resource.ts";

/** A resource that a call names, with the level that the caller must hold on it. */
export type Need = {
  readonly resource: Resource;
  readonly level: PermissionLevel;
  /** An absent resource is refused, except by a call that creates it. */
  readonly mayBeAbsent?: true;
};

/** A resource alone is needed at the call's own level. */
export type Named = Resource | Need;

/**
 * Who may make a call, and on which resources it acts. Every endpoint and every other route declares one; where tokens
 * are asked for, one check enforces it, and nothing else decides. Admins may make every call.
 *
 * - `anybody` needs no token.
 * - `users` and `admins` make calls that concern the whole workspace. Lists that users get hold only what they may see.
 * - `grantees` act on resources. Who holds too little on one that the request names, or names none, is refused.
 *
 * `level` says what the call does: `CAN_READ` changes nothing. `names` gives each resource that the request reads or
 * changes.
 */
export type Access<TRequest = unknown> = {
  readonly audience: "anybody" | "users" | "admins" | "grantees";
  readonly level: PermissionLevel;
  // A method, so that one endpoint's declaration fits where any may stand: its request comes from its own schema.
  names?(this: void, request: TRequest): readonly Named[];
};

/** What a call creates. Whoever creates something may manage it. A call that does not declare it creates nothing. */
export type Creation = "experiment" | "registered-model";

/** Everything that a request names, each with the level needed. */
export function needsOf<TRequest>(access: Access<TRequest>, request: TRequest): readonly Need[] {
  const named = access.names?.(request) ?? [];
  return named.map((each) => ("resource" in each ? each : { resource: each, level: access.level }));
}

export const ANYBODY: Access = { audience: "anybody", level: "CAN_READ" };
export const USERS_READ: Access = { audience: "users", level: "CAN_READ" };
export const USERS_CHANGE: Access = { audience: "users", level: "CAN_EDIT" };
export const ADMINS_READ: Access = { audience: "admins", level: "CAN_READ" };
export const ADMINS_CHANGE: Access = { audience: "admins", level: "CAN_MANAGE" };

/**
 * How a call declares its access: as it is, or, when it acts on what it names, by what it does there. To delete or share
 * something, or to change its name, is to manage it.
 */
export type AccessDeclaration<TRequest> =
  | { readonly access: Access<TRequest> }
  | { reads(this: void, request: TRequest): readonly Named[] }
  | { edits(this: void, request: TRequest): readonly Named[] }
  | { manages(this: void, request: TRequest): readonly Named[] };

export function accessOf<TRequest>(declared: AccessDeclaration<TRequest>): Access<TRequest> {
  if ("access" in declared) return declared.access;
  const audience = "grantees";
  if ("reads" in declared) return { audience, level: "CAN_READ", names: declared.reads };
  if ("edits" in declared) return { audience, level: "CAN_EDIT", names: declared.edits };
  return { audience, level: "CAN_MANAGE", names: declared.manages };
}

/** A resource that the call only reads, whatever it does to others. */
export function reading(resource: Resource): Need {
  return { resource, level: "CAN_READ" };
}

/** A resource that needs managing, although the call's own level is lower. */
export function managing(resource: Resource): Need {
  return { resource, level: "CAN_MANAGE" };
}

/** A resource that the call edits when it is there, and creates when it is not. */
export function creating(resource: Resource): Need {
  return { resource, level: "CAN_EDIT", mayBeAbsent: true };
}
