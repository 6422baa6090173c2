import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** So that tokens are recognised in texts where they do not belong. */
export const TOKEN_PREFIX = { personal: "fdpat-", exchanged: "fdoat-" } as const;

/** Made for somebody, who sees it in lists; or exchanged for one of those by OAuth. */
export type TokenKind = keyof typeof TOKEN_PREFIX;

/** 256 bits: beyond guessing, so that a plain hash of them is as good as a slow one. */
const SECRET_BYTES = 32;

export function newTokenValue(kind: TokenKind): string {
  return TOKEN_PREFIX[kind] + randomBytes(SECRET_BYTES).toString("base64url");
}

/** Whether a text has the form of a token of this program. */
export function hasTokenForm(value: string): boolean {
  return /^fd[po]at-[\w-]{43}$/.test(value);
}

/** What is stored in a token's place. */
export function hashToken(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}

/** Takes as long whatever differs. */
export function isSameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
