import type { Clock, Random } from "@flightdeck/core";

/** What the operations of a store need beside the database. */
export type StoreContext = {
  readonly clock: Clock;
  /** For generated names. */
  readonly random: Random;
  /** The URI under which experiments without a location of their own keep artifacts. */
  readonly defaultArtifactRoot: string;
};
