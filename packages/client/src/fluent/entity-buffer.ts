import { AppError, invalid } from "@flightdeck/core";
import { LIMITS, type Metric, type Param, type RunBatch } from "@flightdeck/protocol";
import { ENTRIES_MAX, FLUSH_DELAY_MS, takeBatch } from "./run-batch.ts";

export type EntityBufferOptions = {
  /** Sends one batch. Batches are sent one at a time, in order. */
  readonly send: (batch: RunBatch) => Promise<void>;
  readonly flushDelayMs?: number | undefined;
};

/**
 * Buffers metrics, params and tags, and sends them in batches within the server's limits: when a batch is full, a
 * second after the first entry, and on `flush`. Nothing is lost silently: after a failure, every later `add` and
 * `flush` throws it.
 *
 * Keys must be unique in a batch: only the last value of a tag is sent, and a param may be repeated only with the same
 * value.
 */
export class EntityBuffer {
  readonly #send: EntityBufferOptions["send"];
  readonly #flushDelayMs: number;
  #metrics: Metric[] = [];
  #params: Param[] = [];
  readonly #tags = new Map<string, string>();
  /** Every param added so far, including those already sent. */
  readonly #paramValues = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor({ send, flushDelayMs = FLUSH_DELAY_MS }: EntityBufferOptions) {
    this.#send = send;
    this.#flushDelayMs = flushDelayMs;
  }

  add({ metrics = [], params = [], tags = [] }: Partial<RunBatch>): void {
    this.#throwFailure();
    for (const metric of metrics) this.#metrics.push(metric);
    for (const param of params) this.#addParam(param);
    for (const { key, value } of tags) this.#tags.set(key, value);
    if (this.#size > ENTRIES_MAX) throw tooMany();
    if (this.#hasFullBatch) this.#sendInBackground();
    else this.#timer ??= setTimeout(() => this.#sendInBackground(), this.#flushDelayMs).unref();
  }

  /** Resolves when everything added before has reached the server; rejects with the first failure. */
  async flush(): Promise<void> {
    while (this.#failure === undefined && (this.#sending !== undefined || this.#size > 0)) {
      await (this.#sending ?? this.#sendAll());
    }
    this.#throwFailure();
  }

  #addParam(param: Param): void {
    const known = this.#paramValues.get(param.key);
    if (known === param.value) return;
    if (known !== undefined) throw changedParam(param, known);
    this.#paramValues.set(param.key, param.value);
    this.#params.push(param);
  }

  get #size(): number {
    return this.#metrics.length + this.#params.length + this.#tags.size;
  }

  get #hasFullBatch(): boolean {
    return (
      this.#size >= LIMITS.batchEntitiesMax ||
      this.#params.length >= LIMITS.batchParamsMax ||
      this.#tags.size >= LIMITS.batchTagsMax
    );
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** A failure is stored, and thrown by `flush` and `add`. */
  #sendInBackground(): void {
    if (this.#sending === undefined) void this.#sendAll();
  }

  #sendAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending = this.#sendBatches().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #sendBatches(): Promise<void> {
    try {
      while (this.#size > 0) await this.#send(this.#takeBatch());
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #takeBatch(): RunBatch {
    return takeBatch({ params: this.#params, tags: this.#tags, metrics: this.#metrics });
  }
}

/** MLflow's wording. */
function changedParam({ key, value }: Param, known: string): AppError {
  const message =
    `Changing param values is not allowed. Param with key='${key}' was already logged with ` +
    `value='${known}'. Attempted logging new value '${value}'.`;
  return invalid(message);
}

function tooMany(): AppError {
  return new AppError(
    "RESOURCE_EXHAUSTED",
    `more than ${ENTRIES_MAX} metrics, params and tags are waiting to be sent; call await run.flush() in between`,
  );
}
