import type { Clock, Random } from "@flightdeck/core";
import type { VisibleTo } from "./viewer.ts";

/** Dependencies of store operations other than the database. */
export type StoreContext = {
  readonly clock: Clock;
  /** For generated names. */
  readonly random: Random;
  /** URI under which experiments without an explicit location keep their artifacts. */
  readonly defaultArtifactRoot: string;
  /** Limits searches and lists to what this viewer may see; new resources belong to the viewer. */
  readonly visibleTo: VisibleTo;
};
