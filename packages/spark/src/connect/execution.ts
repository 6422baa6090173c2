import type { Client } from "@connectrpc/connect";
import { AppError, sleep, throwIfAborted } from "@flightdeck/core";
import { randomUUID } from "node:crypto";
import type { RequestHead } from "./artifact-requests.ts";
import { isConnectionLost, sparkClassOf } from "./connect-error.ts";
import type { Connection } from "./connect-transport.ts";
import {
  type ExecutePlanResponse,
  InterruptRequest_InterruptType,
  type Plan,
  type SparkConnectService,
} from "./generated/spark/connect/base_pb.ts";

/** How an operation on the server is identified, grouped and cancelled. */
export type ExecuteOptions = {
  /** A UUID by which the operation can be interrupted. */
  readonly operationId?: string | undefined;
  /** Labels that group operations; must not contain commas. */
  readonly tags?: readonly string[] | undefined;
  /** Also interrupts the operation on the server. */
  readonly signal?: AbortSignal | undefined;
};

export type ExecutionParts = {
  readonly client: Client<typeof SparkConnectService>;
  readonly connection: Connection;
  readonly head: RequestHead;
  readonly plan: Plan;
};

/** A stream that is silent for this long may be dead without our noticing, so we reattach with a new one. */
const SILENT_MS_MAX = 60_000;
/** The server keeps an operation without a listener for 5 minutes (`spark.connect.execute.manager.detachedTimeout`). */
const LOST_MS_MAX = 5 * 60_000;
/** Cancelling waits no longer than this for a server that does not answer. */
const INTERRUPT_MS_MAX = 2_000;
/** Timeout of release calls, which run in the background. */
const RELEASE_MS_MAX = 30_000;
const RETRY_MS_FIRST = 50;
const RETRY_MS_MAX = 2_000;

/**
 * The execution of one plan on a Connect server. It does not depend on the stream that delivers its results: when the
 * connection drops, a new stream resumes after the last response received, for as long as the server keeps the
 * operation.
 */
export class Execution {
  readonly #parts: ExecutionParts;
  readonly #options: ExecuteOptions;
  readonly #operationId: string;
  readonly #batches: Uint8Array[] = [];
  readonly #interrupted = new AbortController();
  #lastResponseId: string | undefined;
  #isComplete = false;
  /** Whether the plan was sent, so that later streams reattach to it. */
  #isKnown = false;
  #heardAtMs = performance.now();

  constructor(parts: ExecutionParts, options: ExecuteOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#operationId = options.operationId ?? randomUUID();
  }

  /** Runs the plan and returns the Arrow batches of its result. */
  async run(): Promise<readonly Uint8Array[]> {
    const { signal } = this.#options;
    throwIfAborted(signal);
    let interrupted: Promise<void> | undefined;
    const onAbort = (): void => void (interrupted = this.#interrupt());
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      await this.#toTheEnd();
      return this.#batches;
    } catch (error) {
      await interrupted;
      throwIfAborted(signal);
      throw error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      if (this.#isKnown) void this.#releaseOnServer();
    }
  }

  async #toTheEnd(): Promise<void> {
    let retryMs = RETRY_MS_FIRST;
    while (!this.#isComplete) {
      const heardAtMs = this.#heardAtMs;
      try {
        await this.#listen();
        retryMs = RETRY_MS_FIRST;
      } catch (error) {
        throwIfAborted(this.#options.signal);
        if (this.#neverArrived(error)) this.#isKnown = false;
        else if (!this.#canGoOn(error)) throw error;
        if (this.#heardAtMs > heardAtMs) retryMs = RETRY_MS_FIRST;
        await sleep(retryMs, this.#options.signal);
        retryMs = Math.min(2 * retryMs, RETRY_MS_MAX);
      }
    }
  }

  #canGoOn(error: unknown): boolean {
    const isLost = isConnectionLost(error) || error instanceof SilentStream;
    return this.#isKnown && isLost && performance.now() - this.#heardAtMs < LOST_MS_MAX;
  }

  /** The connection broke before the plan arrived, so it is sent again under the same id. */
  #neverArrived(error: unknown): boolean {
    return this.#lastResponseId === undefined && sparkClassOf(error) === "INVALID_HANDLE.OPERATION_NOT_FOUND";
  }

  /**
   * Reads responses until the stream ends. The server may end a stream before the result is complete and expect us to
   * reattach.
   */
  async #listen(): Promise<void> {
    const silence = new AbortController();
    const ending = AbortSignal.any([silence.signal, this.#interrupted.signal]);
    let timer: NodeJS.Timeout | undefined;
    const restart = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENT_MS_MAX);
    };
    restart();
    try {
      for await (const response of this.#stream(ending)) {
        restart();
        this.#take(response);
      }
    } catch (error) {
      if (!silence.signal.aborted) throw error;
      this.#parts.connection.drop(new Error("silent"));
      throw new SilentStream("TEMPORARILY_UNAVAILABLE", "the server has not sent anything for a while");
    } finally {
      clearTimeout(timer);
    }
  }

  #stream(signal: AbortSignal): AsyncIterable<ExecutePlanResponse> {
    const { client, head, plan } = this.#parts;
    const operationId = this.#operationId;
    if (this.#isKnown) {
      const lastResponseId = this.#lastResponseId;
      return client.reattachExecute(
        { ...head, operationId, ...(lastResponseId !== undefined && { lastResponseId }) },
        { signal },
      );
    }
    this.#isKnown = true;
    const tags = [...(this.#options.tags ?? [])];
    const reattach = { case: "reattachOptions", value: { reattachable: true } } as const;
    return client.executePlan(
      { ...head, operationId, plan, tags, requestOptions: [{ requestOption: reattach }] },
      { signal },
    );
  }

  #take({ responseId, responseType }: ExecutePlanResponse): void {
    this.#heardAtMs = performance.now();
    this.#lastResponseId = responseId;
    if (responseType.case === "arrowBatch") this.#batches.push(responseType.value.data);
    if (responseType.case === "resultComplete") this.#isComplete = true;
  }

  /** Interrupts the operation on the server, then stops listening whether or not the server answered. */
  async #interrupt(): Promise<void> {
    const { client, head } = this.#parts;
    const interrupt = { case: "operationId", value: this.#operationId } as const;
    const interruptType = InterruptRequest_InterruptType.OPERATION_ID;
    await client
      .interrupt({ ...head, interruptType, interrupt }, { timeoutMs: INTERRUPT_MS_MAX })
      .catch(() => undefined);
    this.#interrupted.abort();
  }

  async #releaseOnServer(): Promise<void> {
    const { client, head } = this.#parts;
    const release = { case: "releaseAll", value: {} } as const;
    await client
      .releaseExecute({ ...head, operationId: this.#operationId, release }, { timeoutMs: RELEASE_MS_MAX })
      .catch(() => undefined); // The server drops it eventually.
  }
}

class SilentStream extends AppError {}
