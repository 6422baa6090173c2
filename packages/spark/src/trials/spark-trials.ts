import { AppError } from "@flightdeck/core";
import type { Evaluation, Executor, ExecutorFactory, ExecutorOptions } from "@flightdeck/hyperopt";
import {
  errorFromMessage,
  type FromWorker,
  requireModule,
  sendPoint,
  type ToWorker,
} from "@flightdeck/hyperopt/worker";
import { randomUUID } from "node:crypto";
import { bundleObjective } from "./bundle-objective.ts";
import { isSessionLost, openSearch, type OpenSearch, type SearchParts } from "./search-session.ts";
import { fromLine, toLine } from "./message-line.ts";
import { TrialLines } from "./trial-lines.ts";

/** Where to evaluate trials. */
export type SparkTrialsOptions = {
  /** The Connect server: `sc://HOST:PORT`, followed by `/;token=…;use_ssl=true` if it requires them. */
  readonly remote: string;
};

/** hyperopt's limit. */
const PARALLELISM_MAX = 128;
/** How many times a trial is attempted when the server loses it. */
const ATTEMPTS_MAX = 3;

/**
 * An `executor` for fmin that evaluates trials on a Spark cluster, one task each, like hyperopt's `SparkTrials`. `fn`
 * must be a `workerModule`. It is bundled with its imports and sent to the cluster, whose machines need Node 24 or
 * newer, in `FLIGHTDECK_NODE` or on PATH. The default `parallelism` is the number of tasks the cluster can run at once; the maximum is 128.
 * Trials that are cancelled, time out or are still running when the search stops are terminated on their executor
 * within a second. A trial is rerun if its executor is lost, but not if it fails.
 *
 * Before the first trial it throws `TEMPORARILY_UNAVAILABLE` if no server answers, `UNAUTHENTICATED` if the server
 * rejects the token, and `NOT_IMPLEMENTED`, with the server's version, if it cannot run Java functions.
 *
 * @example
 * ```ts
 * const executor = sparkTrials({ remote: "sc://127.0.0.1:15002" });
 * await fmin({ fn: workerModule("./train.ts"), space, executor, parallelism: 4, maxEvals: 100 });
 * ```
 */
export function sparkTrials({ remote }: SparkTrialsOptions): ExecutorFactory {
  return async <TValue>({ fn, parallelism, signal }: ExecutorOptions<TValue>) => {
    const objective = requireModule("sparkTrials", fn);
    const parts = { remote, search: randomUUID(), objective, bundle: await bundleObjective(objective) };
    return new SparkExecutor<TValue>(parts, await openSearch(parts, signal), parallelism);
  };
}

class SparkExecutor<TValue> implements Executor<TValue> {
  readonly cancelsOnStop = true;
  readonly parallelism: number;
  readonly #parts: SearchParts;
  #opening: Promise<OpenSearch>;

  constructor(parts: SearchParts, open: OpenSearch, parallelism: number | undefined) {
    this.#parts = parts;
    this.#opening = Promise.resolve(open);
    this.parallelism = Math.min(parallelism ?? open.parallelism, PARALLELISM_MAX);
  }

  async evaluate(evaluation: Evaluation<TValue>): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      const opening = this.#opening;
      try {
        return await evaluateOnce(await opening, this.#parts, evaluation);
      } catch (error) {
        evaluation.signal.throwIfAborted();
        if (!isSessionLost(error) || attempt === ATTEMPTS_MAX) throw error;
        this.#reopen(opening);
      }
    }
  }

  /** The first trial that finds the session lost opens a new one for all. */
  #reopen(lost: Promise<OpenSearch>): void {
    if (this.#opening !== lost) return;
    this.#opening = closed(lost).then(() => openSearch(this.#parts));
    this.#opening.catch(() => undefined); // Callers that await it get the error.
  }

  async close(): Promise<void> {
    const open = await this.#opening.catch(() => undefined);
    if (open === undefined) return;
    // The server cleans up sessions that stay silent, so errors do not matter.
    await open.mail.close().catch(() => undefined);
    await open.session.release().catch(() => undefined);
  }
}

async function closed(opening: Promise<OpenSearch>): Promise<void> {
  const open = await opening.catch(() => undefined);
  open?.session.close();
}

const RUN_TRIAL =
  // Depends on a row; otherwise Spark's driver would evaluate it.
  "SELECT run_trial(:search, :operation, CASE WHEN id >= 0 THEN :trial END) FROM range(0, 1, 1, 1)";

async function evaluateOnce<TValue>(
  { session, mail }: OpenSearch,
  { search, objective }: SearchParts,
  evaluation: Evaluation<TValue>,
): Promise<unknown> {
  const operation = randomUUID();
  const { signal } = evaluation;
  const trial = pointLine(evaluation, objective);
  // If the answer is lost, the trial itself reports the failure.
  const answer = (line: string): void => void mail.tell(operation, line).catch(() => undefined);
  const lines = new TrialLines(evaluation, answer);
  mail.subscribe(operation, (line) => lines.take(line));
  try {
    const options = { operationId: operation, tags: [search], signal };
    const [text = ""] = await session.queryTexts(RUN_TRIAL, { search, operation, trial }, options);
    const [head = "", body = ""] = text.split("\n", 2);
    const [attempt, , sentCount, kind] = head.split(" ");
    await mail.finish(operation, Number(attempt), Number(sentCount));
    lines.check();
    if (kind === "answer") return resultOf(fromLine(body) as FromWorker); // Sent by trial-worker.ts.
    if (kind === "error") throw new AppError("IO_ERROR", body);
    throw lines.endedEarly(body);
  } finally {
    mail.unsubscribe(operation);
  }
}

function pointLine<TValue>(
  evaluation: Evaluation<TValue>,
  { module, exportName }: SearchParts["objective"],
): string {
  const { trialId, value, runId } = evaluation;
  const isTracked = runId !== undefined;
  const outputEnd = ""; // Set by the worker.
  return sendPoint(() =>
    toLine({ kind: "evaluate", trialId, value, module, exportName, isTracked, outputEnd } satisfies ToWorker),
  );
}

function resultOf(end: FromWorker): unknown {
  if (end.kind === "returned") return end.result;
  if (end.kind === "threw") throw errorFromMessage(end.error);
  throw new AppError("INTERNAL_ERROR", `a trial cannot end with a message of kind ${end.kind}`);
}
