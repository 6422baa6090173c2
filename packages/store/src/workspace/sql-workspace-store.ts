import { AppError } from "@flightdeck/core";
import type { StoreContext } from "../access/store-context.ts";
import { removeGrants, type ResourceKey } from "../access/viewer.ts";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, type Database, insertRows, type Work } from "../database/work.ts";
import { getModelRow, lockModelRow } from "../registry/model-rows.ts";
import { getExperimentRow, lockExperimentRow } from "../tracking/experiment-rows.ts";
import { checkCaller } from "./check-caller.ts";
import { findHolding } from "./find-holding.ts";
import { enrol, ensurePrincipal, getPrincipalRow } from "./principals.ts";
import * as tokens from "./tokens.ts";
import {
  type Caller,
  type IssuedToken,
  type NewToken,
  type EnrolledPrincipal,
  type Grant,
  PERMISSION_LEVELS,
  type Reference,
  type Resource,
  type TokenHolder,
  type TokenInfo,
  type WorkspacePrincipal,
  type WorkspaceRole,
  type WorkspaceStore,
} from "./workspace-store.ts";

/** Principals, tokens and grants in a SQL database. Each method is one transaction. */
export class SqlWorkspaceStore implements WorkspaceStore {
  readonly #database: Database;
  readonly #context: StoreContext;

  constructor(database: Database, context: StoreContext) {
    this.#database = database;
    this.#context = context;
  }

  async ensurePrincipal(name: string, role?: WorkspaceRole): Promise<WorkspacePrincipal> {
    return this.#database.write(() => ensurePrincipal(this.#context, { name, role }));
  }

  async enrol(name: string, role?: WorkspaceRole): Promise<EnrolledPrincipal> {
    return this.#database.write(() => enrol(this.#context, { name, role }));
  }

  async createToken(input: NewToken): Promise<IssuedToken> {
    return this.#database.write(() => tokens.createToken(this.#context, input));
  }

  async exchangeToken(value: string): Promise<IssuedToken & { readonly holder: TokenHolder }> {
    return this.#database.write(() => tokens.exchangeToken(this.#context, value));
  }

  async authenticate(value: string): Promise<TokenHolder> {
    return this.#database.read(() => tokens.authenticate(this.#context, value));
  }

  async listTokens(principalName?: string): Promise<readonly TokenInfo[]> {
    return this.#database.read(() => tokens.listTokens(this.#context, principalName));
  }

  async revokeToken(tokenId: string, principalName?: string): Promise<void> {
    return this.#database.write(() => tokens.revokeToken(this.#context, tokenId, principalName));
  }

  async findVisible(principalName: string, references: readonly Reference[]): Promise<readonly boolean[]> {
    return this.#database.read(() => findVisible(principalName, references));
  }

  async check(caller: Caller): Promise<void> {
    return this.#database.read(() => checkCaller(caller, false));
  }

  async listGrants(resource: Resource): Promise<readonly Grant[]> {
    return this.#database.read(() => listGrants(resource));
  }

  async putGrants(resource: Resource, given: readonly Grant[], mode: "add" | "replace"): Promise<void> {
    return this.#database.write(() => putGrants(resource, given, mode));
  }
}

/** Grants per resource, a list that people read. */
const GRANTS_MAX = 1000;

function* findVisible(principalName: string, references: readonly Reference[]): Work<readonly boolean[]> {
  const visible: boolean[] = [];
  for (const reference of references) {
    const holding = yield* findHolding(principalName, reference);
    visible.push(holding?.level !== undefined);
  }
  return visible;
}

function* listGrants(resource: Resource): Work<readonly Grant[]> {
  const { kind, id } = yield* getResourceKey(resource, false);
  return (yield* all(selectGrants({ kind, id }))).map(grantFromRow);
}

/** Runs in a write transaction. */
function* putGrants(resource: Resource, grants: readonly Grant[], mode: "add" | "replace"): Work<void> {
  const { kind, id } = yield* getResourceKey(resource, true);
  for (const { grantee } of grants) if (grantee.kind === "user") yield* getPrincipalRow(grantee.name);
  if (mode === "replace") yield* removeGrants({ kind, id });
  // The last level of a grantee wins.
  const last = new Map(
    grants.map(({ grantee, level }) => [
      `${grantee.kind} ${grantee.name}`,
      [kind, id, grantee.kind, grantee.name, level],
    ]),
  );
  yield* insertRows(UPSERT_GRANT, [...last.values()]);
  if ((yield* all(selectGrants({ kind, id }))).length <= GRANTS_MAX) return;
  throw new AppError("INVALID_PARAMETER_VALUE", `a resource may have at most ${GRANTS_MAX} grants`);
}

/** Locks the resource's row for a write, so that concurrent changes to its grants wait for each other. */
function* getResourceKey(resource: Resource, isWrite: boolean): Work<ResourceKey> {
  if (resource.kind === "registered-model") {
    const { id } = yield* isWrite ? lockModelRow(resource.name) : getModelRow(resource.name);
    return { kind: resource.kind, id };
  }
  const { id } = yield* isWrite
    ? lockExperimentRow(resource.experimentId)
    : getExperimentRow(resource.experimentId);
  return { kind: resource.kind, id };
}

type GrantRow = { readonly grantee_kind: string; readonly grantee: string; readonly level: string };

function grantFromRow({ grantee_kind: kind, grantee: name, level }: GrantRow): Grant {
  const grantee: Grant["grantee"] =
    kind === "group" ? { kind: "group", name: "users" } : { kind: "user", name };
  // An unknown level, written by a newer program, counts as the lowest.
  return { grantee, level: PERMISSION_LEVELS.find((known) => known === level) ?? "CAN_READ" };
}

const UPSERT_GRANT = bulkInsert(
  "grants",
  ["resource_kind", "resource_id", "grantee_kind", "grantee", "level"],
  { target: ["resource_kind", "resource_id", "grantee_kind", "grantee"], update: ["level"] },
);

const selectGrants = statement<{ kind: string; id: number }>()((db, arg) =>
  db
    .selectFrom("grants")
    .select(["grantee_kind", "grantee", "level"])
    .where("resource_kind", "=", arg("kind"))
    .where("resource_id", "=", arg("id"))
    .orderBy("grantee_kind")
    .orderBy("grantee"),
);
