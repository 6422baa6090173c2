import { messageOf } from "@flightdeck/core";
import { loadObjective } from "./executor.ts";
import { checkReport, type Objective, type ObjectiveModule, type TrialContext } from "./objective.ts";
import {
  errorFromMessage,
  errorToMessage,
  type FromWorker,
  type ToWorker,
  type WorkerPort,
} from "./worker-messages.ts";

type EvaluateMessage = Extract<ToWorker, { kind: "evaluate" }>;

/** Loads a message's objective: `loadObjective`, unless the worker has already loaded the module. */
export type LoadObjective = (of: ObjectiveModule<unknown>) => Promise<Objective<unknown>>;

/** Evaluates the trials that arrive at a port, one at a time. */
export function serveTrials(port: WorkerPort, load: LoadObjective = (of) => loadObjective(of)): void {
  let current: RemoteTrial | undefined;
  port.onMessage((message) => {
    if (message.kind === "evaluate") {
      current = new RemoteTrial(port, load);
      void current.evaluate(message); // Never rejects.
    } else if (message.kind === "abort") {
      current?.abort(message.reason);
    } else {
      current?.answer(message.id, message.answer);
    }
  });
}

/** One evaluation from the objective's side. Drops logs and reports that arrive after it has ended. */
class RemoteTrial {
  readonly #port: WorkerPort;
  readonly #load: LoadObjective;
  readonly #controller = new AbortController();
  readonly #questions = new Map<number, (answer: unknown) => void>();
  #questionCount = 0;
  #hasEnded = false;

  constructor(port: WorkerPort, load: LoadObjective) {
    this.#port = port;
    this.#load = load;
  }

  async evaluate({ outputEnd, ...evaluation }: EvaluateMessage): Promise<void> {
    const end = await this.#outcome(evaluation);
    this.#hasEnded = true;
    // Output and messages use separate channels, so each stream marks its own end.
    process.stdout.write(`${outputEnd}\n`);
    process.stderr.write(`${outputEnd}\n`);
    this.#postEnd(end);
  }

  abort(reason: Parameters<typeof errorFromMessage>[0]): void {
    this.#controller.abort(errorFromMessage(reason));
  }

  answer(id: number, answer: unknown): void {
    this.#questions.get(id)?.(answer);
    this.#questions.delete(id);
  }

  async #outcome(evaluation: Omit<EvaluateMessage, "outputEnd">): Promise<FromWorker> {
    try {
      const objective = await this.#load(evaluation);
      return {
        kind: "returned",
        result: await objective(evaluation.value, this.#context(evaluation)),
      };
    } catch (error) {
      return { kind: "threw", error: errorToMessage(error) };
    }
  }

  #context({ trialId, isTracked }: Pick<EvaluateMessage, "trialId" | "isTracked">): TrialContext {
    return {
      trialId,
      signal: this.#controller.signal,
      log: (message) => this.#tell({ kind: "log", message }),
      report: (value, step) => {
        checkReport(value, step);
        this.#tell({ kind: "report", value, step });
      },
      shouldPrune: async () => (await this.#ask("shouldPrune")) === true,
      runId: isTracked ? async () => String(await this.#ask("runId")) : undefined,
    };
  }

  #ask(question: "shouldPrune" | "runId"): Promise<unknown> {
    const id = this.#questionCount++;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#questions.set(id, resolve);
    this.#tell({ kind: "ask", id, question });
    return promise;
  }

  #tell(message: FromWorker): void {
    if (!this.#hasEnded) this.#port.post(message);
  }

  #postEnd(end: FromWorker): void {
    try {
      this.#port.post(end);
    } catch (cause) {
      const error = new TypeError(`what the objective returned cannot leave its worker: ${messageOf(cause)}`);
      this.#port.post({ kind: "threw", error: errorToMessage(error) });
    }
  }
}
