import { checkArtifactPath, parseArtifactUri } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { EndpointName, Permission } from "@flightdeck/protocol";
import {
  PERMISSION_LEVELS,
  type PermissionLevel,
  type Reference,
  type Resource,
  type WorkspaceStore,
} from "@flightdeck/store";
import type { FastifyRequest } from "fastify";
import type { Change } from "../events/event-bus.ts";
import type { Principal } from "../http/authenticator.ts";
import { dbfsNeededFor } from "./dbfs-needed.ts";
import { filesNeededFor } from "./files-needed.ts";
import { artifactAt, type Needed, referencesOf } from "./references-of.ts";
import { onlyVisible } from "./visible-records.ts";

/** A call of the endpoint table, parsed. */
export type Call = { readonly name: EndpointName; readonly permission: Permission; readonly input: unknown };

/** Calls that concern the whole workspace and that every user may make: what they answer is cut to what may be seen. */
const FOR_EVERY_USER: ReadonlySet<EndpointName> = new Set<EndpointName>([
  "getServerInfo",
  "searchExperiments",
  "listExperiments",
  "searchRegisteredModels",
  "listRegisteredModels",
  "searchModelVersions",
  "searchUnityCatalogModels",
  "searchUnityCatalogVersions",
  "listCatalogModels",
  "listCatalogs",
  "listSchemas",
  "isModelsArtifactRepositoryEnabled",
  "createExperiment",
  "createRegisteredModel",
  "createUnityCatalogModel",
  "createCatalogModel",
  "createToken",
  "listTokens",
  "revokeToken",
  "getCurrentUser",
]);

/**
 * What each principal may do with each experiment and registered model. Admins may do everything; a user what was granted,
 * and with what it has created everything. Whatever is not known to be allowed is refused.
 */
export class Access {
  readonly #workspace: WorkspaceStore;

  constructor(workspace: WorkspaceStore) {
    this.#workspace = workspace;
  }

  /** Runs a call of the endpoint table if it is allowed, and gives of its answer what may be seen. */
  async call<T>(request: FastifyRequest, call: Call, run: () => Promise<T>): Promise<T> {
    const { principal } = request;
    const needed = neededFor(call);
    request.named = needed.map(({ reference }) => reference);
    if (call.permission === "public" || isAdmin(principal)) return run();
    const { name, input } = call;
    if (call.permission.startsWith("workspace.") && placeNeededFor(name, input) === undefined)
      checkWorkspaceCall(principal, call);
    else await this.check(principal, needed);
    const answer = await run();
    await this.#grantToCreator(principal, call, answer);
    return onlyVisible(answer, (references) => this.visible(principal, references));
  }

  /** Throws `PERMISSION_DENIED` unless the principal holds what is needed on all that is named, and something is. */
  async check(principal: Principal, needed: readonly Needed[]): Promise<void> {
    if (isAdmin(principal)) return;
    if (needed.length === 0)
      throw denied(principal, "must be an admin, since this call names no experiment or model");
    const references = needed.map(({ reference }) => reference);
    const held = await this.#workspace.findHeld(principal.name, references);
    for (const [index, each] of needed.entries()) {
      const { isKnown = true, level: has } = held[index] ?? {};
      const { reference, level } = each;
      if (!isKnown) refuseAbsent(reference);
      else if (!holds(has, level) && !(await this.#holdsOther(principal, each)))
        throw denied(principal, lackOf(reference, level));
    }
  }

  async #holdsOther({ name }: Principal, { or, level }: Needed): Promise<boolean> {
    if (or === undefined) return false;
    const [held] = await this.#workspace.findHeld(name, [or]);
    return holds(held?.level, level);
  }

  /** Which of what is named the principal may see, in order. */
  async visible(principal: Principal, references: readonly Reference[]): Promise<readonly boolean[]> {
    if (isAdmin(principal)) return references.map(() => true);
    const held = await this.#workspace.findHeld(principal.name, references);
    return held.map(({ level }) => level !== undefined);
  }

  /** The changes that a principal who is no admin may hear of; of jobs none. */
  async visibleChanges(principal: Principal, changes: readonly Change[]): Promise<readonly Change[]> {
    const named = changes.flatMap((change) => {
      const reference = findReferenceOfChange(change);
      return reference === undefined ? [] : [{ change, reference }];
    });
    const references = named.map(({ reference }) => reference);
    const seen = await this.visible(principal, references);
    return named.flatMap(({ change }, index) => (seen[index] ? [change] : []));
  }

  /** A creation that was interrupted before this belongs to the admins. */
  async #grantToCreator(principal: Principal, { name }: Call, answer: unknown): Promise<void> {
    const resource = createdResource(name, answer);
    if (resource === undefined) return;
    const grant = { grantee: { kind: "user", name: principal.name }, level: "CAN_MANAGE" } as const;
    await this.#workspace.putGrants(resource, [grant], "add");
  }
}

/** Whoever came in without an account came where everybody may do everything. */
export function isAdmin({ account }: Principal): boolean {
  return account === undefined || account.role === "admin";
}

/** The proxy's folders are named by paths alone. */
function neededFor({ name, permission, input }: Call): readonly Needed[] {
  if (name === "listProxiedArtifacts")
    return artifactAt(checkArtifactPath(textAt(input, "path")), "CAN_READ");
  return placeNeededFor(name, input) ?? referencesOf(permission, input);
}

/** Of calls that name a place in DBFS or in the Files API by its path; undefined for every other. */
function placeNeededFor(name: EndpointName, input: unknown): readonly Needed[] | undefined {
  return dbfsNeededFor(name, input) ?? filesNeededFor(name, input);
}

/** In MLflow's words. Of other things the call itself says that they do not exist, or makes them. */
function refuseAbsent(reference: Reference): void {
  if (reference.kind === "run") {
    throw new AppError("RESOURCE_DOES_NOT_EXIST", `Run with id=${reference.runId} not found`);
  }
  if (reference.kind === "logged-model") {
    throw new AppError("RESOURCE_DOES_NOT_EXIST", `Logged model with ID '${reference.modelId}' not found.`);
  }
}

function holds(has: string | undefined, level: Needed["level"]): boolean {
  return PERMISSION_LEVELS.findIndex((each) => each === has) >= PERMISSION_LEVELS.indexOf(level);
}

function checkWorkspaceCall(principal: Principal, { name, input }: Call): void {
  if (!FOR_EVERY_USER.has(name)) throw denied(principal, "must be an admin");
  if (name === "createExperiment") checkOwnLocation(principal, input);
}

/** A location among this server's own artifacts could be another experiment's. */
function checkOwnLocation(principal: Principal, input: unknown): void {
  const location: unknown =
    typeof input === "object" && input !== null ? Reflect.get(input, "artifact_location") : undefined;
  if (typeof location !== "string" || location === "") return;
  const { kind } = parseArtifactUri(location);
  if (kind === "s3" || kind === "other") return;
  throw denied(principal, "must be an admin to name an artifact location of this server");
}

function createdResource(name: EndpointName, answer: unknown): Resource | undefined {
  if (name === "createExperiment") {
    return { kind: "experiment", experimentId: textAt(answer, "experiment_id") };
  }
  if (name === "createCatalogModel") return { kind: "registered-model", name: textAt(answer, "full_name") };
  if (name !== "createRegisteredModel" && name !== "createUnityCatalogModel") return undefined;
  const model: unknown =
    typeof answer === "object" && answer !== null && Reflect.get(answer, "registered_model");
  return { kind: "registered-model", name: textAt(model, "name") };
}

function textAt(record: unknown, field: string): string {
  const value: unknown = typeof record === "object" && record !== null && Reflect.get(record, field);
  return typeof value === "string" ? value : "";
}

/** Undefined for what is the admins' alone. */
function findReferenceOfChange({ kind, id }: Change): Reference | undefined {
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

/** In the words of the one who asked: nothing else of it is told. */
function lackOf(reference: Reference, level: PermissionLevel): string {
  if (reference.kind !== "artifact" || reference.path !== "")
    return `needs ${level} on ${describe(reference)}`;
  return "must be an admin, since this belongs to no experiment or model";
}

function describe(reference: Reference): string {
  const { kind, ...rest } = reference;
  return `${kind.replace("-name", "").replace("-", " ")} ${JSON.stringify(Object.values(rest)[0])}`;
}
