import type { ClientVersion } from "../clients.ts";

/** A place where this server answers otherwise than the stock one, on purpose. */
export type AcceptedDifference = {
  /** `script/step` below `python/parity/`; `*` stands for any text, here and in `path`. */
  readonly where: string;
  /** Where in the step: `calls[0].body.message` and the like. */
  readonly path: string;
  /** The clients that meet it; all, when absent. */
  readonly clients?: readonly ClientVersion[];
  /** A part of what the stock server's value is, as JSON. */
  readonly stock: string;
  /** A part of what ours is, as JSON. */
  readonly ours: string;
  readonly reason: string;
};

/** Matches any value. */
export const ANYTHING = "";
/** The value is not there. */
export const ABSENT = "null";
