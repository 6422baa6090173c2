import { messageOf } from "@flightdeck/core";

/** A part of the machine that a test needs: there, or missing for a reason. */
export type Part<T> =
  | { readonly missing: false; readonly value: T }
  | { readonly missing: true; readonly reason: string };

/**
 * Looks for a part. With `CI` set a missing part is a failure, so that no suite goes silent there; elsewhere it is a
 * reason to skip by name: `describe.skipIf(python.missing)(…)`.
 */
export async function part<T>(name: string, find: () => Promise<T>): Promise<Part<T>> {
  try {
    return { missing: false, value: await find() };
  } catch (error) {
    if (process.env.CI) throw error;
    return { missing: true, reason: `${name} is missing: ${messageOf(error).split("\n")[0]}` };
  }
}

/** The part's value, inside a suite that is skipped where it is missing. */
export function valueOf<T>(found: Part<T>): T {
  if (found.missing) throw new TypeError(`used without a check for missing: ${found.reason}`);
  return found.value;
}
