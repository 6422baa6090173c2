import type { Evaluation } from "@flightdeck/hyperopt";
import { type FromWorker, LastWords, type ToWorker } from "@flightdeck/hyperopt/worker";
import { fromLine, toLine } from "./message-line.ts";

/** Forwards what one trial writes, as it arrives. */
export class TrialLines<TValue> {
  readonly #evaluation: Evaluation<TValue>;
  readonly #answer: (line: string) => void;
  readonly #lastWords = new LastWords();
  /** The first error thrown by a hook of fmin. */
  #failure: { readonly error: unknown } | undefined;

  constructor(evaluation: Evaluation<TValue>, answer: (line: string) => void) {
    this.#evaluation = evaluation;
    this.#answer = answer;
  }

  /** Takes one line: `m` and a message, or `o` (stdout) or `e` (stderr) and a line of output. */
  take(line: string): void {
    const text = line.slice(1);
    try {
      if (line.startsWith("m")) this.#hear(fromLine(text.slice(1)) as FromWorker); // Sent by trial-worker.ts.
      else if (text !== "") this.#pass(text, line.startsWith("o") ? "stdout" : "stderr");
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  /** Rethrows the first error that a hook of fmin threw. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** The error for a worker that exited before the objective returned. */
  endedEarly(how: string): Error {
    return this.#lastWords.endedEarly(how);
  }

  #hear(message: FromWorker): void {
    const { log, report } = this.#evaluation;
    if (message.kind === "log") log(message.message);
    else if (message.kind === "report") report(message.value, message.step);
    else if (message.kind === "ask") void this.#reply(message);
  }

  async #reply({ id, question }: Extract<FromWorker, { kind: "ask" }>): Promise<void> {
    const { shouldPrune, runId } = this.#evaluation;
    try {
      const answer = await (question === "runId" ? runId?.() : shouldPrune());
      this.#answer(toLine({ kind: "answer", id, answer } satisfies ToWorker));
    } catch (error) {
      this.#failure ??= { error };
      const answer = question === "shouldPrune"; // Ends the trial, and `check` then throws.
      this.#answer(toLine({ kind: "answer", id, answer } satisfies ToWorker));
    }
  }

  #pass(line: string, stream: "stdout" | "stderr"): void {
    if (stream === "stderr") this.#lastWords.add(line);
    this.#evaluation.output(line, stream);
  }
}
