import { AppError } from "@flightdeck/core";
import { type Access, type Change, type Creation, needsOf } from "@flightdeck/protocol";
import type { Reference, Store, WorkspaceStore } from "@flightdeck/store";
import type { FastifyRequest } from "fastify";
import type { Principal } from "../http/authenticator.ts";
import { storeNeeds } from "./store-needs.ts";

/** What an endpoint or a route has declared, and the request that it has parsed. */
export type DeclaredCall<TRequest = unknown> = {
  readonly access: Access<TRequest>;
  readonly creates?: Creation | undefined;
  readonly input: TRequest;
};

/**
 * The one check: lets a call through that its principal may make, and gives the store as that principal may use it.
 * Every change is checked again in its own transaction, and searches find only what may be seen. Throws
 * `PERMISSION_DENIED`, or `RESOURCE_DOES_NOT_EXIST` for what is absent, in the words of the call.
 */
export async function admit<TRequest>(
  store: Store,
  request: Pick<FastifyRequest, "principal" | "named">,
  { access, creates, input }: DeclaredCall<TRequest>,
): Promise<Store> {
  const { principal } = request;
  request.named = () => needsOf(access, input).map(({ resource }) => resource);
  if (principal.isAdmin) return store;
  checkAudience(principal, access);
  const named = needsOf(access, input);
  if (access.audience === "grantees" && named.length === 0) {
    throw denied(principal, "must be an admin, since this call names no experiment or model");
  }
  const caller = { principalName: principal.name, needs: storeNeeds(named), creates };
  await store.workspace.check(caller);
  return store.as(caller);
}

/** Throws `PERMISSION_DENIED` for a call that is the admins'. */
export function checkAudience(principal: Principal, { audience }: Access): void {
  if (audience === "admins" && !principal.isAdmin) throw denied(principal, "must be an admin");
}

/** The changes that a principal may hear of; of jobs, admins alone. */
export async function visibleChanges(
  workspace: WorkspaceStore,
  principal: Principal,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  if (principal.isAdmin) return changes;
  const known = changes.flatMap((change) => {
    const reference = referenceOf(change);
    return reference === undefined ? [] : [{ change, reference }];
  });
  const references = known.map(({ reference }) => reference);
  const seen = await workspace.findVisible(principal.name, references);
  return known.flatMap(({ change }, index) => (seen[index] ? [change] : []));
}

function referenceOf({ kind, id }: Change): Reference | undefined {
  switch (kind) {
    case "experiment":
      return { kind, experimentId: id };
    case "run":
      return { kind, runId: id };
    case "logged_model":
      return { kind: "logged-model", modelId: id };
    case "registered_model":
      return { kind: "registered-model", name: id };
    case "job_run":
      return undefined;
  }
}

function denied({ name }: Principal, says: string): AppError {
  return new AppError("PERMISSION_DENIED", `${name} ${says}`);
}
