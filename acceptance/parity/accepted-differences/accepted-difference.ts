import type { ClientVersion } from "../clients.ts";

/** A place where our response differs from the stock server's on purpose. */
export type AcceptedDifference = {
  /** `script/step` in `python/parity/`; `*` matches any text, here and in `path`. */
  readonly where: string;
  /** The path in the step, such as `calls[0].body.message`. */
  readonly path: string;
  /** The clients to which it applies; default all. */
  readonly clients?: readonly ClientVersion[];
  /** A substring of the stock server's value as JSON. */
  readonly stock: string;
  /** A substring of our value as JSON. */
  readonly ours: string;
  readonly reason: string;
};

/** Matches any value. */
export const ANYTHING = "";
/** The value is missing. */
export const ABSENT = "null";
