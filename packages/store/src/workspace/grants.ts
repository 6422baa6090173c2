import { AppError } from "@flightdeck/core";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, insertRows, run, type Work } from "../database/work.ts";
import { heldOnFiles } from "./held-on-files.ts";
import { getPrincipalRow } from "./principals.ts";
import { resolveReference, type ResourceKey } from "./resolve-reference.ts";
import {
  type Grant,
  type Held,
  PERMISSION_LEVELS,
  type PermissionLevel,
  type Reference,
  type Resource,
} from "./workspace-store.ts";

/** Grants on one resource: a list that people read. */
const GRANTS_MAX = 1000;

/** What nobody has a record of is known all the same: it is a place among other people's artifacts. */
export function* findHeld(principalName: string, references: readonly Reference[]): Work<readonly Held[]> {
  const held: Held[] = [];
  for (const reference of references) held.push(yield* findOne(principalName, reference));
  return held;
}

function* findOne(principalName: string, reference: Reference): Work<Held> {
  if (reference.kind === "version-files") {
    return { isKnown: true, level: yield* heldOnFiles(principalName, reference.uri) };
  }
  const key = yield* resolveReference(reference);
  if (key === undefined) return { isKnown: reference.kind === "artifact", level: undefined };
  return { isKnown: true, level: yield* heldOn(principalName, key) };
}

function* heldOn(principalName: string, { kind, id }: ResourceKey): Work<PermissionLevel | undefined> {
  const rows = yield* all(selectHeld({ kind, id, principalName }));
  const granted = new Set(rows.map(({ level }) => level));
  return PERMISSION_LEVELS.findLast((level) => granted.has(level));
}

export function* listGrants(resource: Resource): Work<readonly Grant[]> {
  const { kind, id } = yield* getResourceKey(resource);
  return (yield* all(selectGrants({ kind, id }))).map(grantFromRow);
}

/** Part of a write. */
export function* putGrants(
  resource: Resource,
  grants: readonly Grant[],
  mode: "add" | "replace",
): Work<void> {
  const { kind, id } = yield* getResourceKey(resource);
  for (const { grantee } of grants) if (grantee.kind === "user") yield* getPrincipalRow(grantee.name);
  if (mode === "replace") yield* run(deleteGrants({ kind, id }));
  // Whoever is named twice gets what is said last.
  const last = new Map(
    grants.map(({ grantee, level }) => [
      `${grantee.kind} ${grantee.name}`,
      [kind, id, grantee.kind, grantee.name, level],
    ]),
  );
  yield* insertRows(UPSERT_GRANT, [...last.values()]);
  if ((yield* all(selectGrants({ kind, id }))).length <= GRANTS_MAX) return;
  throw new AppError("INVALID_PARAMETER_VALUE", `a resource has at most ${GRANTS_MAX} grants`);
}

function* getResourceKey(resource: Resource): Work<ResourceKey> {
  const key = yield* resolveReference(resource);
  if (key !== undefined) return key;
  const name =
    resource.kind === "experiment"
      ? `experiment with ID ${resource.experimentId}`
      : `registered model with name ${resource.name}`;
  throw new AppError("RESOURCE_DOES_NOT_EXIST", `No ${name} exists`);
}

type GrantRow = { readonly grantee_kind: string; readonly grantee: string; readonly level: string };

function grantFromRow({ grantee_kind: kind, grantee: name, level }: GrantRow): Grant {
  const grantee: Grant["grantee"] =
    kind === "group" ? { kind: "group", name: "users" } : { kind: "user", name };
  // The lowest for a level that a newer program has written.
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

const selectHeld = statement<{ kind: string; id: number; principalName: string }>()((db, arg) =>
  db
    .selectFrom("grants")
    .select("level")
    .where("resource_kind", "=", arg("kind"))
    .where("resource_id", "=", arg("id"))
    .where((where) =>
      where.or([
        where.and([where("grantee_kind", "=", "user"), where("grantee", "=", arg("principalName"))]),
        where.and([where("grantee_kind", "=", "group"), where("grantee", "=", "users")]),
      ]),
    ),
);

const deleteGrants = statement<{ kind: string; id: number }>()((db, arg) =>
  db.deleteFrom("grants").where("resource_kind", "=", arg("kind")).where("resource_id", "=", arg("id")),
);
