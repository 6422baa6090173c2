import type { Clock, Random } from "@flightdeck/core";
import type { VisibleTo } from "./viewer.ts";

/** What the operations of a store need beside the database. */
export type StoreContext = {
  readonly clock: Clock;
  /** For generated names. */
  readonly random: Random;
  /** The URI under which experiments without a location of their own keep artifacts. */
  readonly defaultArtifactRoot: string;
  /** Whose searches and lists these are, and to whom belongs what is created. */
  readonly visibleTo: VisibleTo;
};
