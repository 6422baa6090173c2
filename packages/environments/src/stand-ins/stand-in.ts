/** What a stand-in was called with. */
export type StandInCall = {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where it keeps what it made; its own. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** For its standard output, which callers read. */
  readonly print: (text: string) => void;
  /** For people, on its standard error. */
  readonly note: (text: string) => void;
};

/** A program that answers for another that is not installed. Throws `AppError` for what it cannot do. */
export type StandIn = (call: StandInCall) => Promise<void>;
