/** A folder that a program is to see at a place of its own. */
export type PathMapping = {
  /** Where it is seen: one name below the root, such as `/dbfs`. What the machine has there is not seen. */
  readonly seen: string;
  /** The folder itself, which exists. Absolute. */
  readonly real: string;
};

/** A way to let a program see folders at places where the machine does not have them. */
export type PathView = {
  /** `namespace`: the places are really there. `rewritten`: only words that name them are changed. */
  readonly kind: "namespace" | "rewritten";
  /** The command that runs `argv` with the view; its working directory and environment stay as they are. */
  readonly command: (argv: readonly [string, ...string[]]) => readonly [string, ...string[]];
  /** A text that names the places, such as a script or a variable, as it has to be given to the program. */
  readonly text: (text: string) => string;
  /** Where the program finds a path that is below one of the places. */
  readonly path: (seen: string) => string;
};

export type PathViewOptions = {
  readonly mappings: readonly PathMapping[];
  /** An empty folder of the program's own, which stays until it has ended. */
  readonly scratch: string;
};
