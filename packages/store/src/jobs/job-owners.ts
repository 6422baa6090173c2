import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, first, insertRows, run, type Work } from "../database/work.ts";
import type { StoreContext } from "../tracking/context.ts";
import { ownedJobRunFromRow } from "./job-run-rows.ts";
import type { JobDocument, JobOwner, OwnedJobRun, TakeOverInput } from "./job-store.ts";

/** Part of a write. */
export function* giveLease(context: StoreContext, owner: JobOwner, leaseMs: number): Work<void> {
  const until = context.clock.nowMs() + leaseMs;
  const { ownerId, host, process } = owner;
  yield* insertRows(UPSERT_OWNER, [[ownerId, host, JSON.stringify(process), until]]);
}

/** Part of a write. Whoever has taken over what the owner had has removed its row. */
export function* renewLease(context: StoreContext, ownerId: string, leaseMs: number): Work<boolean> {
  const rows = yield* all(updateLease({ ownerId, until: context.clock.nowMs() + leaseMs }));
  return rows.length > 0;
}

export function* listOwners(): Work<readonly (JobOwner & { readonly leaseUntilMs: number })[]> {
  return (yield* all(selectOwners({}))).map((row) => ({
    ownerId: row.uuid,
    host: row.host,
    process: JSON.parse(row.process) as JobDocument, // The store writes nothing else.
    leaseUntilMs: row.lease_until_ms,
  }));
}

export function* listOwnedRuns(ownerId: string): Work<readonly OwnedJobRun[]> {
  return (yield* all(selectOwned({ ownerId }))).map(ownedJobRunFromRow);
}

/** Part of a write. The former owner's row is locked, so that its lease is either renewed before or found gone. */
export function* takeOver(context: StoreContext, input: TakeOverInput): Work<readonly OwnedJobRun[]> {
  const { owner, leaseMs, fromOwnerId, isDead } = input;
  const former = yield* first(lockOwner({ ownerId: fromOwnerId }));
  if (former === undefined) return [];
  if (!isDead && former.lease_until_ms > context.clock.nowMs()) return [];
  yield* run(deleteOwner({ ownerId: fromOwnerId }));
  const rows = yield* all(changeOwner({ fromOwnerId, ownerId: owner.ownerId }));
  if (rows.length > 0) yield* giveLease(context, owner, leaseMs);
  return rows.toSorted((a, b) => a.id - b.id).map(ownedJobRunFromRow);
}

const UPSERT_OWNER = bulkInsert("job_owners", ["uuid", "host", "process", "lease_until_ms"], {
  target: ["uuid"],
  update: ["host", "process", "lease_until_ms"],
});

const updateLease = statement<{ ownerId: string; until: number }>()((db, arg) =>
  db
    .updateTable("job_owners")
    .set({ lease_until_ms: arg("until") })
    .where("uuid", "=", arg("ownerId"))
    .returning("uuid"),
);

const selectOwners = statement<Record<string, never>>()((db) =>
  db.selectFrom("job_owners").selectAll().orderBy("uuid"),
);

const selectOwned = statement<{ ownerId: string }>()((db, arg) =>
  db
    .selectFrom("job_runs")
    .selectAll()
    .where("owner_uuid", "=", arg("ownerId"))
    .where("end_time_ms", "is", null)
    .orderBy("id"),
);

const lockOwner = statement<{ ownerId: string }>()((db, arg, dialect) =>
  db.selectFrom("job_owners").selectAll().where("uuid", "=", arg("ownerId")).modifyEnd(dialect.lockForUpdate),
);

const deleteOwner = statement<{ ownerId: string }>()((db, arg) =>
  db.deleteFrom("job_owners").where("uuid", "=", arg("ownerId")),
);

const changeOwner = statement<{ fromOwnerId: string; ownerId: string }>()((db, arg) =>
  db
    .updateTable("job_runs")
    .set({ owner_uuid: arg("ownerId") })
    .where("owner_uuid", "=", arg("fromOwnerId"))
    .where("end_time_ms", "is", null)
    .returningAll(),
);
