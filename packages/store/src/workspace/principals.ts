import { AppError } from "@flightdeck/core";
import type { StoreContext } from "../access/store-context.ts";
import { statement } from "../database/statement.ts";
import { first, execute, type Work } from "../database/work.ts";
import { checkLength } from "../validation/text.ts";
import type { EnrolledPrincipal, WorkspacePrincipal, WorkspaceRole } from "./workspace-store.ts";

/** The longest email address. Databricks uses these as user names. */
const NAME_CHARS_MAX = 254;

export type PrincipalRow = { readonly id: number; readonly name: string; readonly role: string };

type EnsurePrincipalInput = { readonly name: string; readonly role: WorkspaceRole | undefined };

/** Runs in a write transaction. */
export function* ensurePrincipal(
  context: StoreContext,
  { name, role }: EnsurePrincipalInput,
): Work<WorkspacePrincipal> {
  checkPrincipalName(name);
  yield* execute(insertPrincipal({ name, role: role ?? "user", now: context.clock.nowMs() }));
  if (role !== undefined) yield* execute(updateRole({ name, role }));
  return principalFromRow(yield* getPrincipalRow(name));
}

/** Runs in a write transaction. */
export function* enrol(context: StoreContext, { name, role }: EnsurePrincipalInput): Work<EnrolledPrincipal> {
  const isFirst = (yield* first(selectAny({}))) === undefined;
  const principal = yield* ensurePrincipal(context, { name, role: role ?? (isFirst ? "admin" : undefined) });
  return { ...principal, isFirst };
}

export function* getPrincipalRow(name: string): Work<PrincipalRow> {
  return existing(yield* first(selectPrincipal({ name })), name);
}

/** Locks the principal, so that other changes to its tokens wait. Runs in a write transaction. */
export function* lockPrincipal(name: string): Work<PrincipalRow> {
  return existing(yield* first(selectLocked({ name })), name);
}

function existing(row: PrincipalRow | undefined, name: string): PrincipalRow {
  if (row !== undefined) return row;
  throw new AppError("RESOURCE_DOES_NOT_EXIST", `Principal '${name}' does not exist.`);
}

export function principalFromRow({ id, name, role }: PrincipalRow): WorkspacePrincipal {
  return { principalId: String(id), name, role: role === "admin" ? "admin" : "user" };
}

/** A name must fit into paths and `name:token`. */
function checkPrincipalName(name: string): void {
  checkLength("user", name, NAME_CHARS_MAX);
  if (/^[^\s:/\p{Cc}]+$/u.test(name)) return;
  const message = `a user name must not be empty or contain spaces, colons or slashes, got ${JSON.stringify(name)}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

const insertPrincipal = statement<{ name: string; role: string; now: number }>()((db, arg) =>
  db
    .insertInto("principals")
    .values({ name: arg("name"), role: arg("role"), creation_time_ms: arg("now") })
    .onConflict((conflict) => conflict.column("name").doNothing()),
);

const updateRole = statement<{ name: string; role: string }>()((db, arg) =>
  db
    .updateTable("principals")
    .set({ role: arg("role") })
    .where("name", "=", arg("name")),
);

const selectPrincipal = statement<{ name: string }>()((db, arg) =>
  db.selectFrom("principals").select(["id", "name", "role"]).where("name", "=", arg("name")),
);

const selectLocked = statement<{ name: string }>()((db, arg, dialect) =>
  db
    .selectFrom("principals")
    .select(["id", "name", "role"])
    .where("name", "=", arg("name"))
    .modifyEnd(dialect.lockForUpdate),
);

const selectAny = statement<Record<string, never>>()((db) =>
  db.selectFrom("principals").select("id").limit(1),
);
