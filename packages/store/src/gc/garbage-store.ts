/** What can be removed for good. Of a version of a registered model, only files that the registry kept are left. */
export type GarbageKind = "run" | "logged_model" | "trace" | "experiment" | "model_version";

/** A thing that is, or was, marked as deleted, or a trace or model of an experiment that is. */
export type Garbage = {
  readonly kind: GarbageKind;
  /** As clients know it; of a version, the name of its folder. */
  readonly id: string;
  /** Where its artifacts are; an experiment has none of its own. */
  readonly artifactUri?: string | undefined;
};

export type FindGarbageInput = {
  /** How long a thing must have been deleted. Default: 0, any time. */
  readonly olderThanMs?: number | undefined;
  /** Only these; without any of the three lists, all that is deleted. An experiment's contents come with it. */
  readonly runIds?: readonly string[] | undefined;
  readonly experimentIds?: readonly string[] | undefined;
  readonly loggedModelIds?: readonly string[] | undefined;
};

/**
 * Removal for good of what was deleted. It goes in two steps, so that nobody ever sees half a thing and whoever is
 * interrupted can go on: `remove` takes things out of sight and remembers them; their artifacts are deleted by the caller;
 * `finish` deletes what else is left of them and forgets them. Any number of processes may use the store meanwhile.
 */
export interface GarbageStore {
  /**
   * What may be removed, an experiment behind all that is in it. An experiment stays as long as something in it is active
   * or younger. Named ids throw `RESOURCE_DOES_NOT_EXIST` when there is none, `INVALID_PARAMETER_VALUE` when it is not
   * deleted or too young.
   */
  findGarbage(input?: FindGarbageInput): Promise<readonly Garbage[]>;
  /**
   * Takes things out of sight, all or none, and gives those that were taken: what has been restored or removed meanwhile
   * is left out, and so is an experiment that still has something in it.
   */
  remove(garbage: readonly Garbage[]): Promise<readonly Garbage[]>;
  /** What was removed and not finished. */
  listUnfinished(): Promise<readonly Garbage[]>;
  /** Deletes what is left of removed things, in steps that hold up nobody for long, and forgets them. */
  finish(garbage: readonly Garbage[]): Promise<void>;
}
