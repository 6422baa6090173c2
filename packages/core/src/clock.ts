/** Where the time comes from; tests bring their own. */
export type Clock = {
  /** UTC milliseconds since 1970. */
  nowMs(): number;
};

export const systemClock: Clock = { nowMs: () => Date.now() };
