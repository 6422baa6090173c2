import type { ConnectSession } from "../connect/connect-session.ts";

/**
 * Receives the lines of one operation's trial: `m` and a message, or `o` (stdout) or `e` (stderr) and a line of output.
 */
export type OnTrialLine = (line: string) => void;

type Waiting = { readonly count: number; readonly resolve: () => void };
type Reader = { readonly onLine: OnTrialLine; readonly counts: Map<number, number>; waiting: Waiting[] };

/** Once a task has reported its end, its remaining lines arrive promptly or were lost with their executor. */
const MISSING_MS_MAX = 3_000;

/**
 * The mail between a search and its trials. `Mailbox.java` keeps it on the server; we poll it with one query after
 * another.
 */
export class TrialMail {
  readonly #session: ConnectSession;
  readonly #search: string;
  readonly #readers = new Map<string, Reader>();
  readonly #closing = new AbortController();
  #after = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(session: ConnectSession, search: string) {
    this.#session = session;
    this.#search = search;
  }

  /** Opens the mailbox on the server. Returns the server's answer: how many tasks the cluster can run at once. */
  async open(signal?: AbortSignal): Promise<string> {
    const [answer = ""] = await this.#ask("open", "", signal);
    return answer;
  }

  /** Reads mail until closed. Never rejects; `finish` throws the error to trials whose mail is missing. */
  async run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const [text = ""] = await this.#ask("read", String(this.#after), signal);
        const [last, ...lines] = text.split("\n");
        this.#after = Number(last);
        for (const line of lines) this.#take(line);
      } catch (error) {
        if (!signal.aborted) this.#failure = { error };
        return;
      }
    }
  }

  /** Starts receiving the lines of an operation. */
  subscribe(operation: string, onLine: OnTrialLine): void {
    this.#readers.set(operation, { onLine, counts: new Map(), waiting: [] });
  }

  /** Resolves once `count` lines of an attempt have arrived; throws the error if reading has failed. */
  async finish(operation: string, attempt: number, count: number): Promise<void> {
    const reader = this.#readers.get(operation);
    if (reader === undefined || (reader.counts.get(attempt) ?? 0) >= count) return;
    if (this.#failure !== undefined) throw this.#failure.error;
    const { promise, resolve } = Promise.withResolvers<void>();
    reader.waiting.push({ count, resolve });
    const timer = setTimeout(resolve, MISSING_MS_MAX);
    await promise;
    clearTimeout(timer);
  }

  unsubscribe(operation: string): void {
    this.#readers.delete(operation);
  }

  /** Sends an answer to an operation's trial. */
  async tell(operation: string, line: string): Promise<void> {
    await this.#ask("tell", `${operation}\n${line}`);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#ask("close", "");
  }

  async #ask(
    what: "open" | "read" | "tell" | "close",
    text: string,
    signal?: AbortSignal,
  ): Promise<readonly string[]> {
    const query = "SELECT trial_mail(:what, :search, :text) FROM VALUES (0)";
    return await this.#session.queryTexts(query, { what, search: this.#search, text }, { signal });
  }

  #take(line: string): void {
    const [operation = "", attemptText = ""] = line.split(" ", 2);
    const reader = this.#readers.get(operation);
    if (reader === undefined) return;
    const attempt = Number(attemptText);
    const count = (reader.counts.get(attempt) ?? 0) + 1;
    reader.counts.set(attempt, count);
    reader.onLine(line.slice(operation.length + attemptText.length + 2));
    for (const waiting of reader.waiting) if (count >= waiting.count) waiting.resolve();
  }
}
