import { AppError } from "@flightdeck/core";
import type { Principal } from "./principal.ts";

/** A limited resource. */
export type Scarce = {
  readonly max: number;
  /** Follows the number in the error message: "uploads are in progress". */
  readonly what: string;
};

/** Each holder may take a quarter, so that three who take all they can still leave a quarter to everybody else. */
const PARTS = 4;

/**
 * Whose share something counts against: a principal's id. Undefined where nobody logs in; then all callers count as one,
 * and only the total is bounded.
 */
export type Holder = string | undefined;

export function holderOf({ account }: Principal): Holder {
  return account?.principalId;
}

/** Throws `REQUEST_LIMIT_EXCEEDED` when the total or the holder's own share is used up. */
export function checkShare(
  { max, what }: Scarce,
  { total, own }: { readonly total: number; readonly own: number },
): void {
  if (total >= max)
    throw new AppError("REQUEST_LIMIT_EXCEEDED", `${max} ${what}, the maximum; try again later`);
  const ownMax = Math.ceil(max / PARTS);
  if (own < ownMax) return;
  throw new AppError(
    "REQUEST_LIMIT_EXCEEDED",
    `${ownMax} ${what}, the maximum for one user; try again later`,
  );
}

/** Counts the uses of a limited resource, in total and by holder. */
export class Shares {
  readonly #scarce: Scarce;
  readonly #held = new Map<string, number>();
  #total = 0;

  constructor(scarce: Scarce) {
    this.#scarce = scarce;
  }

  /** Takes one and returns the function that releases it; further calls of that do nothing. Throws as `checkShare`. */
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
