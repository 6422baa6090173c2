/** What can be removed permanently. Of a deleted model version, only files kept by the registry are left. */
export type GarbageKind = "run" | "logged_model" | "trace" | "experiment" | "model_version";

/** Something that is marked as deleted (or was, before `remove`), or a trace or model of a deleted experiment. */
export type Garbage = {
  readonly kind: GarbageKind;
  /** The id that clients use; for a model version, the name of its folder. */
  readonly id: string;
  /** Location of its artifacts. Absent for an experiment, which has none itself. */
  readonly artifactUri?: string | undefined;
};

/** Input of `findGarbage`. */
export type FindGarbageInput = {
  /** Minimum time since deletion. Default: 0. */
  readonly olderThanMs?: number | undefined;
  /** Only these ids. Without any of the three lists, everything deleted. An experiment's contents are included. */
  readonly runIds?: readonly string[] | undefined;
  readonly experimentIds?: readonly string[] | undefined;
  readonly loggedModelIds?: readonly string[] | undefined;
};

/**
 * Permanently removes deleted things, in steps that never leave something half visible and that can resume after an
 * interruption: `remove` hides things and records them, the caller deletes their artifacts, and `finish` deletes the remaining
 * data and the records. Other processes may use the store meanwhile.
 */
export interface GarbageStore {
  /**
   * Lists what may be removed, with each experiment after its contents. An experiment with an active or too recently deleted
   * run is kept. For named ids, throws `RESOURCE_DOES_NOT_EXIST` when one does not exist and `INVALID_PARAMETER_VALUE` when it
   * is not deleted or was deleted too recently.
   */
  findGarbage(input?: FindGarbageInput): Promise<readonly Garbage[]>;
  /**
   * Hides things atomically and returns those that it hid. Skips things that were restored or removed meanwhile, and
   * experiments that are not empty.
   */
  remove(garbage: readonly Garbage[]): Promise<readonly Garbage[]>;
  /** Things that were removed but not finished. */
  listUnfinished(): Promise<readonly Garbage[]>;
  /** Deletes the remaining data of removed things, in short transactions, and then their records. */
  finish(garbage: readonly Garbage[]): Promise<void>;
}
