import { AppError } from "@flightdeck/core";
import type { Principal } from "./http/authenticator.ts";

/** Something that there is only so much of. */
export type Scarce = {
  readonly max: number;
  /** What there is too much of, behind its number: "uploads are under way". */
  readonly what: string;
};

/** Four who take all that they may leave nothing; three leave everybody else a quarter. */
const PARTS = 4;

/**
 * Whose share something comes from: a principal's id. Undefined where nobody logs in: all callers are one there, and the
 * bound for all is theirs.
 */
export type Holder = string | undefined;

export function holderOf({ account }: Principal): Holder {
  return account?.principalId;
}

/** Throws `REQUEST_LIMIT_EXCEEDED` when there is none left, or none of one holder's share. */
export function checkShare(
  { max, what }: Scarce,
  { total, own }: { readonly total: number; readonly own: number },
): void {
  if (total >= max) throw new AppError("REQUEST_LIMIT_EXCEEDED", `${max} ${what}; try again later`);
  const ownMax = Math.ceil(max / PARTS);
  if (own < ownMax) return;
  throw new AppError("REQUEST_LIMIT_EXCEEDED", `${ownMax} ${what}, of yours alone; try again later`);
}

/** Counts what is held of something scarce: so much in all, and a part of that for each holder. */
export class Shares {
  readonly #scarce: Scarce;
  readonly #held = new Map<string, number>();
  #total = 0;

  constructor(scarce: Scarce) {
    this.#scarce = scarce;
  }

  /** Takes one, and gives the function that gives it back, once. Throws as `checkShare` does. */
  take(holder: Holder): () => void {
    checkShare(this.#scarce, { total: this.#total, own: this.#ownOf(holder) });
    this.#add(holder, 1);
    let isHeld = true;
    return () => {
      if (isHeld) this.#add(holder, -1);
      isHeld = false;
    };
  }

  #ownOf(holder: Holder): number {
    return holder === undefined ? 0 : (this.#held.get(holder) ?? 0);
  }

  #add(holder: Holder, count: 1 | -1): void {
    this.#total += count;
    if (holder === undefined) return;
    const own = this.#ownOf(holder) + count;
    if (own === 0) this.#held.delete(holder);
    else this.#held.set(holder, own);
  }
}
