import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { AppError, newId } from "@flightdeck/core";
import type { StoreContext } from "../access/store-context.ts";
import { statement } from "../database/statement.ts";
import { all, first, execute, type Work } from "../database/work.ts";
import { checkLength } from "../validation/text.ts";
import { lockPrincipal, principalFromRow } from "./principals.ts";
import type { IssuedToken, NewToken, TokenHolder, TokenInfo } from "./workspace-store.ts";

const DAY_MS = 86_400_000;

/** The maximum is Databricks'. */
const LIFETIME_MS = { min: 1000, default: 90 * DAY_MS, max: 730 * DAY_MS } as const;

/** Same as Databricks' machine-to-machine tokens. */
const EXCHANGED_LIFETIME_MS = 3_600_000;

const COMMENT_CHARS_MAX = 500;

/** Valid tokens per principal, as on Databricks. */
const TOKENS_MAX = 600;

/**
 * Locks the principal, as revoking does, so that no token is created from one that is being revoked. Runs in a write transaction.
 */
export function* createToken(context: StoreContext, input: NewToken): Work<IssuedToken> {
  const { principalName, comment = "", lifetimeMs = LIFETIME_MS.default, parentTokenId } = input;
  checkLength("comment", comment, COMMENT_CHARS_MAX);
  checkLifetime(lifetimeMs);
  const now = context.clock.nowMs();
  const { id: principalId } = yield* lockPrincipal(principalName);
  const parent = parentTokenId === undefined ? undefined : yield* getParent(now, parentTokenId, principalId);
  if ((yield* listTokens(context, principalName)).length >= TOKENS_MAX) {
    const message = `${principalName} has ${TOKENS_MAX} tokens already; revoke one first`;
    throw new AppError("QUOTA_EXCEEDED", message);
  }
  const expiryTimeMs = Math.min(now + lifetimeMs, parent?.expiry_time_ms ?? Infinity);
  const parentId = parent?.id ?? null;
  return yield* insert(context, {
    kind: "personal",
    principalId,
    principalName,
    comment,
    expiryTimeMs,
    parentId,
  });
}

function* getParent(now: number, tokenId: string, principalId: number): Work<TokenRow> {
  const row = valid(now, yield* first(selectById({ tokenId })));
  if (row.principal_id === principalId) return row;
  throw invalidToken("it belongs to another user");
}

/** Also deletes expired exchanged tokens, which no list shows. Runs in a write transaction. */
export function* exchangeToken(
  context: StoreContext,
  value: string,
): Work<IssuedToken & { readonly holder: TokenHolder }> {
  const now = context.clock.nowMs();
  const { name } = yield* getValidRow(now, value);
  yield* lockPrincipal(name);
  const parent = yield* getValidRow(now, value);
  if (parent.kind === "exchanged") throw invalidToken("it is itself an exchanged token");
  yield* execute(deleteExpiredExchanged({ now }));
  const created = yield* insert(context, {
    kind: "exchanged",
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

/** Also revokes all tokens derived from it, at any depth. Runs in a write transaction. */
export function* revokeToken(context: StoreContext, tokenId: string, principalName?: string): Work<void> {
  const row = yield* first(selectRevocable({ tokenId }));
  if (row === undefined || (principalName !== undefined && row.name !== principalName)) {
    throw new AppError("RESOURCE_DOES_NOT_EXIST", `Token with ID ${tokenId} does not exist`);
  }
  yield* lockPrincipal(row.name);
  yield* execute(updateRevoked({ id: row.id, now: context.clock.nowMs() }));
}

function checkLifetime(lifetimeMs: number): void {
  if (lifetimeMs >= LIFETIME_MS.min && lifetimeMs <= LIFETIME_MS.max) return;
  const message = `a token's lifetime must be 1 second to ${LIFETIME_MS.max / DAY_MS} days, got ${lifetimeMs / 1000} seconds`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

type TokenArguments = {
  readonly kind: TokenKind;
  readonly principalId: number;
  readonly principalName: string;
  readonly comment: string;
  readonly expiryTimeMs: number;
  readonly parentId: number | null;
};

function* insert(context: StoreContext, token: TokenArguments): Work<IssuedToken> {
  const { kind, principalId, principalName, comment, expiryTimeMs, parentId } = token;
  const value = newTokenValue(kind);
  const [tokenId, creationTimeMs] = [newId(), context.clock.nowMs()];
  const hash = hashToken(value);
  yield* execute(
    insertToken({ tokenId, kind, principalId, parentId, hash, comment, now: creationTimeMs, expiryTimeMs }),
  );
  return { value, info: { tokenId, principalName, comment, creationTimeMs, expiryTimeMs } };
}

type TokenRow = {
  readonly id: number;
  readonly token_uuid: string;
  readonly principal_id: number;
  readonly kind: string;
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
  return valid(now, row !== undefined && isSameHash(row.hash, hash) ? row : undefined);
}

function valid(now: number, row: TokenRow | undefined): TokenRow {
  if (row === undefined) throw invalidToken("it is unknown: mistyped, or from another workspace");
  if (row.revoked_time_ms !== null) throw invalidToken("it was revoked");
  if (row.expiry_time_ms <= now) {
    throw invalidToken(`it expired at ${new Date(row.expiry_time_ms).toISOString()}`);
  }
  return row;
}

/** Starts with Databricks' message. */
function invalidToken(reason: string): AppError {
  return new AppError("UNAUTHENTICATED", `Invalid access token: ${reason}.`);
}

function holderFromRow({ principal_id: id, name, role, token_uuid: tokenId }: TokenRow): TokenHolder {
  return { principal: principalFromRow({ id, name, role }), tokenId };
}

type InsertToken = {
  tokenId: string;
  kind: TokenKind;
  principalId: number;
  parentId: number | null;
  hash: string;
  comment: string;
  now: number;
  expiryTimeMs: number;
};

const TOKEN_COLUMNS = [
  "tokens.id",
  "token_uuid",
  "principal_id",
  "kind",
  "hash",
  "expiry_time_ms",
  "revoked_time_ms",
  "name",
  "role",
] as const;

/** Makes leaked tokens recognizable in logs and code. */
const TOKEN_PREFIX = { personal: "fdpat-", exchanged: "fdoat-" } as const;

/** `personal` tokens are created for users and appear in lists; `exchanged` tokens come from an OAuth exchange. */
type TokenKind = keyof typeof TOKEN_PREFIX;

/** 256 bits cannot be guessed, so a fast hash is as good as a slow one. */
const SECRET_BYTES = 32;

function newTokenValue(kind: TokenKind): string {
  return TOKEN_PREFIX[kind] + randomBytes(SECRET_BYTES).toString("base64url");
}

/** Whether a text has the format of our tokens. */
function hasTokenForm(value: string): boolean {
  return /^fd[po]at-[\w-]{43}$/.test(value);
}

/** The store keeps only this hash of a token. */
function hashToken(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}

/** Compares in constant time. */
function isSameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

const insertToken = statement<InsertToken>()((db, arg) =>
  db.insertInto("tokens").values({
    token_uuid: arg("tokenId"),
    principal_id: arg("principalId"),
    parent_id: arg("parentId"),
    kind: arg("kind"),
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
    .select(TOKEN_COLUMNS)
    .where("hash", "=", arg("hash")),
);

const selectById = statement<{ tokenId: string }>()((db, arg) =>
  db
    .selectFrom("tokens")
    .innerJoin("principals", "principals.id", "tokens.principal_id")
    .select(TOKEN_COLUMNS)
    .where("token_uuid", "=", arg("tokenId")),
);

const selectRevocable = statement<{ tokenId: string }>()((db, arg) =>
  db
    .selectFrom("tokens")
    .innerJoin("principals", "principals.id", "tokens.principal_id")
    .select(["tokens.id", "name"])
    .where("token_uuid", "=", arg("tokenId"))
    .where("revoked_time_ms", "is", null)
    .where("kind", "=", "personal"),
);

const updateRevoked = statement<{ id: number; now: number }>()((db, arg) =>
  db
    .withRecursive("family", (cte) =>
      cte
        .selectFrom("tokens")
        .select("id")
        .where("id", "=", arg("id"))
        .unionAll(
          cte.selectFrom("tokens").innerJoin("family", "family.id", "tokens.parent_id").select("tokens.id"),
        ),
    )
    .updateTable("tokens")
    .set({ revoked_time_ms: arg("now") })
    .where("revoked_time_ms", "is", null)
    .where("id", "in", (select) => select.selectFrom("family").select("id")),
);

const deleteExpiredExchanged = statement<{ now: number }>()((db, arg) =>
  db.deleteFrom("tokens").where("kind", "=", "exchanged").where("expiry_time_ms", "<=", arg("now")),
);

const selectAllValid = statement<{ now: number }>()((db, arg) =>
  db
    .selectFrom("tokens")
    .innerJoin("principals", "principals.id", "tokens.principal_id")
    .select(["token_uuid", "comment", "tokens.creation_time_ms", "expiry_time_ms", "name"])
    .where("kind", "=", "personal")
    .where("revoked_time_ms", "is", null)
    .where("expiry_time_ms", ">", arg("now"))
    .orderBy("tokens.id"),
);

const selectValidOf = statement<{ now: number; name: string }>()((db, arg) =>
  db
    .selectFrom("tokens")
    .innerJoin("principals", "principals.id", "tokens.principal_id")
    .select(["token_uuid", "comment", "tokens.creation_time_ms", "expiry_time_ms", "name"])
    .where("kind", "=", "personal")
    .where("revoked_time_ms", "is", null)
    .where("expiry_time_ms", ">", arg("now"))
    .where("name", "=", arg("name"))
    .orderBy("tokens.id"),
);
