import { AppError, newId } from "@flightdeck/core";
import { statement } from "../database/statement.ts";
import { all, first, run, type Work } from "../database/work.ts";
import type { StoreContext } from "../tracking/context.ts";
import { checkLength } from "../validation/text.ts";
import { getPrincipalRow, principalFromRow } from "./principals.ts";
import { hashToken, hasTokenForm, isSameHash, newTokenValue } from "./token-secret.ts";
import type { CreatedToken, CreateTokenInput, TokenHolder, TokenInfo } from "./workspace-store.ts";

const DAY_MS = 86_400_000;
const LIFETIME_MS = { min: 1000, default: 90 * DAY_MS, max: 730 * DAY_MS } as const; // The longest of Databricks.
/** As long as Databricks' own machine-to-machine tokens. */
const EXCHANGED_LIFETIME_MS = 3_600_000;
const COMMENT_CHARS_MAX = 500;
/** A principal's valid tokens, as on Databricks. */
const TOKENS_MAX = 600;

/** Part of a write. */
export function* createToken(context: StoreContext, input: CreateTokenInput): Work<CreatedToken> {
  const { principalName, comment = "", lifetimeMs = LIFETIME_MS.default } = input;
  checkLength("comment", comment, COMMENT_CHARS_MAX);
  checkLifetime(lifetimeMs);
  const { id: principalId } = yield* getPrincipalRow(principalName);
  if ((yield* listTokens(context, principalName)).length >= TOKENS_MAX) {
    const message = `${principalName} has ${TOKENS_MAX} tokens already; revoke one first`;
    throw new AppError("QUOTA_EXCEEDED", message);
  }
  const expiryTimeMs = context.clock.nowMs() + lifetimeMs;
  return yield* insert(context, { principalId, principalName, comment, expiryTimeMs, parentId: null });
}

/** Part of a write. Exchanged tokens that have expired are cleared away, since nobody lists them. */
export function* exchangeToken(
  context: StoreContext,
  value: string,
): Work<CreatedToken & { readonly holder: TokenHolder }> {
  const now = context.clock.nowMs();
  const parent = yield* getValidRow(now, value);
  if (parent.parent_id !== null) throw invalidToken("it was itself exchanged for a client's secret");
  yield* run(deleteExpiredExchanged({ now }));
  const created = yield* insert(context, {
    principalId: parent.principal_id,
    principalName: parent.name,
    comment: "",
    expiryTimeMs: Math.min(now + EXCHANGED_LIFETIME_MS, parent.expiry_time_ms),
    parentId: parent.id,
  });
  return { ...created, holder: holderFromRow(parent) };
}

export function* authenticate(context: StoreContext, value: string): Work<TokenHolder> {
  return holderFromRow(yield* getValidRow(context.clock.nowMs(), value));
}

export function* listTokens(context: StoreContext, principalName?: string): Work<readonly TokenInfo[]> {
  const now = context.clock.nowMs();
  const rows = yield* all(
    principalName === undefined ? selectAllValid({ now }) : selectValidOf({ now, name: principalName }),
  );
  return rows.map((row) => ({
    tokenId: row.token_uuid,
    principalName: row.name,
    comment: row.comment,
    creationTimeMs: row.creation_time_ms,
    expiryTimeMs: row.expiry_time_ms,
  }));
}

/** Part of a write. Those that were exchanged for it end with it. */
export function* revokeToken(context: StoreContext, tokenId: string, principalName?: string): Work<void> {
  const row = yield* first(selectByUuid({ tokenId }));
  if (row === undefined || (principalName !== undefined && row.name !== principalName)) {
    throw new AppError("RESOURCE_DOES_NOT_EXIST", `Token with ID ${tokenId} does not exist`);
  }
  yield* run(updateRevoked({ id: row.id, now: context.clock.nowMs() }));
}

function checkLifetime(lifetimeMs: number): void {
  if (lifetimeMs >= LIFETIME_MS.min && lifetimeMs <= LIFETIME_MS.max) return;
  const message = `a token's lifetime is 1 second to ${LIFETIME_MS.max / DAY_MS} days, got ${lifetimeMs / 1000} seconds`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

type NewToken = {
  readonly principalId: number;
  readonly principalName: string;
  readonly comment: string;
  readonly expiryTimeMs: number;
  readonly parentId: number | null;
};

function* insert(context: StoreContext, token: NewToken): Work<CreatedToken> {
  const { principalId, principalName, comment, expiryTimeMs, parentId } = token;
  const value = newTokenValue(parentId === null ? "personal" : "exchanged");
  const [tokenId, creationTimeMs] = [newId(), context.clock.nowMs()];
  const hash = hashToken(value);
  yield* run(
    insertToken({ tokenId, principalId, parentId, hash, comment, now: creationTimeMs, expiryTimeMs }),
  );
  return { value, info: { tokenId, principalName, comment, creationTimeMs, expiryTimeMs } };
}

type TokenRow = {
  readonly id: number;
  readonly token_uuid: string;
  readonly principal_id: number;
  readonly parent_id: number | null;
  readonly hash: string;
  readonly expiry_time_ms: number;
  readonly revoked_time_ms: number | null;
  readonly name: string;
  readonly role: string;
};

function* getValidRow(now: number, value: string): Work<TokenRow> {
  if (!hasTokenForm(value)) throw invalidToken("it was not issued by this workspace");
  const hash = hashToken(value);
  const row = yield* first(selectByHash({ hash }));
  if (row === undefined || !isSameHash(row.hash, hash)) {
    throw invalidToken("it is unknown here: mistyped, or of another workspace");
  }
  if (row.revoked_time_ms !== null) throw invalidToken("it was revoked");
  if (row.expiry_time_ms <= now) {
    throw invalidToken(`it expired at ${new Date(row.expiry_time_ms).toISOString()}`);
  }
  return row;
}

/** Databricks' own words first. */
function invalidToken(reason: string): AppError {
  return new AppError("UNAUTHENTICATED", `Invalid access token: ${reason}.`);
}

function holderFromRow({ principal_id: id, name, role, token_uuid: tokenId }: TokenRow): TokenHolder {
  return { principal: principalFromRow({ id, name, role }), tokenId };
}

type InsertToken = {
  tokenId: string;
  principalId: number;
  parentId: number | null;
  hash: string;
  comment: string;
  now: number;
  expiryTimeMs: number;
};

const insertToken = statement<InsertToken>()((db, arg) =>
  db.insertInto("tokens").values({
    token_uuid: arg("tokenId"),
    principal_id: arg("principalId"),
    parent_id: arg("parentId"),
    hash: arg("hash"),
    comment: arg("comment"),
    creation_time_ms: arg("now"),
    expiry_time_ms: arg("expiryTimeMs"),
    revoked_time_ms: null,
  }),
);

const selectByHash = statement<{ hash: string }>()((db, arg) =>
  db
    .selectFrom("tokens")
    .innerJoin("principals", "principals.id", "tokens.principal_id")
    .select([
      "tokens.id",
      "token_uuid",
      "principal_id",
      "parent_id",
      "hash",
      "expiry_time_ms",
      "revoked_time_ms",
      "name",
      "role",
    ])
    .where("hash", "=", arg("hash")),
);

const selectByUuid = statement<{ tokenId: string }>()((db, arg) =>
  db
    .selectFrom("tokens")
    .innerJoin("principals", "principals.id", "tokens.principal_id")
    .select(["tokens.id", "name"])
    .where("token_uuid", "=", arg("tokenId"))
    .where("revoked_time_ms", "is", null)
    .where("parent_id", "is", null),
);

const updateRevoked = statement<{ id: number; now: number }>()((db, arg) =>
  db
    .updateTable("tokens")
    .set({ revoked_time_ms: arg("now") })
    .where((where) => where.or([where("id", "=", arg("id")), where("parent_id", "=", arg("id"))])),
);

const deleteExpiredExchanged = statement<{ now: number }>()((db, arg) =>
  db.deleteFrom("tokens").where("parent_id", "is not", null).where("expiry_time_ms", "<=", arg("now")),
);

const selectAllValid = statement<{ now: number }>()((db, arg) =>
  db
    .selectFrom("tokens")
    .innerJoin("principals", "principals.id", "tokens.principal_id")
    .select(["token_uuid", "comment", "tokens.creation_time_ms", "expiry_time_ms", "name"])
    .where("parent_id", "is", null)
    .where("revoked_time_ms", "is", null)
    .where("expiry_time_ms", ">", arg("now"))
    .orderBy("tokens.id"),
);

const selectValidOf = statement<{ now: number; name: string }>()((db, arg) =>
  db
    .selectFrom("tokens")
    .innerJoin("principals", "principals.id", "tokens.principal_id")
    .select(["token_uuid", "comment", "tokens.creation_time_ms", "expiry_time_ms", "name"])
    .where("parent_id", "is", null)
    .where("revoked_time_ms", "is", null)
    .where("expiry_time_ms", ">", arg("now"))
    .where("name", "=", arg("name"))
    .orderBy("tokens.id"),
);
