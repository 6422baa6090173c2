import { AppError } from "@flightdeck/core";
import { LIMITS, type Metric, type Param, type Tag } from "@flightdeck/protocol";

export type Batch = {
  readonly metrics: readonly Metric[];
  readonly params: readonly Param[];
  readonly tags: readonly Tag[];
};

export type EntityBufferOptions = {
  /** Sends one batch; batches go out one after the other, in order. */
  readonly send: (batch: Batch) => Promise<void>;
  readonly flushDelayMs?: number;
};

/** A chart that follows a run is at most so far behind. */
const FLUSH_DELAY_MS = 1000;
/** Memory bound: about 100 MB. A caller that logs so much without ever awaiting anything must call `flush`. */
const ENTITIES_MAX = 1_000_000;

/**
 * Metrics, params and tags on their way to the server: collected, and sent as batches within the server's limits when a
 * batch is full, a second after the first entry, and on `flush`. Nothing is lost silently: the first failure is thrown
 * by every later `add` and `flush`.
 *
 * A batch may have a key once: of a tag's values the last is sent, and a param may come again only with its first value.
 */
export class EntityBuffer {
  private readonly send: EntityBufferOptions["send"];
  private readonly flushDelayMs: number;
  private metrics: Metric[] = [];
  private params: Param[] = [];
  private readonly tags = new Map<string, string>();
  /** Every param so far, also those that were sent. */
  private readonly paramValues = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;
  private failure: { readonly error: unknown } | undefined;

  constructor({ send, flushDelayMs = FLUSH_DELAY_MS }: EntityBufferOptions) {
    this.send = send;
    this.flushDelayMs = flushDelayMs;
  }

  add({ metrics = [], params = [], tags = [] }: Partial<Batch>): void {
    this.throwFailure();
    for (const metric of metrics) this.metrics.push(metric);
    for (const param of params) this.addParam(param);
    for (const { key, value } of tags) this.tags.set(key, value);
    if (this.size > ENTITIES_MAX) throw tooMany();
    if (this.hasFullBatch) this.sendInBackground();
    else this.timer ??= setTimeout(() => this.sendInBackground(), this.flushDelayMs).unref();
  }

  /** Resolves when everything added before is on the server; rejects with the first failure. */
  async flush(): Promise<void> {
    while (this.failure === undefined && (this.sending !== undefined || this.size > 0)) {
      await (this.sending ?? this.sendAll());
    }
    this.throwFailure();
  }

  private addParam(param: Param): void {
    const known = this.paramValues.get(param.key);
    if (known === param.value) return;
    if (known !== undefined) throw changedParam(param, known);
    this.paramValues.set(param.key, param.value);
    this.params.push(param);
  }

  private get size(): number {
    return this.metrics.length + this.params.length + this.tags.size;
  }

  private get hasFullBatch(): boolean {
    return (
      this.size >= LIMITS.batchEntitiesMax ||
      this.params.length >= LIMITS.batchParamsMax ||
      this.tags.size >= LIMITS.batchTagsMax
    );
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }

  /** The outcome is kept: `flush` and `add` throw it. */
  private sendInBackground(): void {
    if (this.sending === undefined) void this.sendAll();
  }

  private sendAll(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sending = this.sendBatches().finally(() => {
      this.sending = undefined;
    });
    return this.sending;
  }

  private async sendBatches(): Promise<void> {
    try {
      while (this.size > 0) await this.send(this.takeBatch());
    } catch (error) {
      this.failure ??= { error };
    }
  }

  private takeBatch(): Batch {
    const params = this.params.splice(0, LIMITS.batchParamsMax);
    const tags = [...this.tags].slice(0, LIMITS.batchTagsMax).map(([key, value]) => ({ key, value }));
    for (const { key } of tags) this.tags.delete(key);
    const room = LIMITS.batchEntitiesMax - params.length - tags.length;
    return { params, tags, metrics: this.metrics.splice(0, Math.min(LIMITS.batchMetricsMax, room)) };
  }
}

/** MLflow's wording. */
function changedParam({ key, value }: Param, known: string): AppError {
  const message =
    `Changing param values is not allowed. Param with key='${key}' was already logged with ` +
    `value='${known}'. Attempted logging new value '${value}'.`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

function tooMany(): AppError {
  return new AppError(
    "RESOURCE_EXHAUSTED",
    `more than ${ENTITIES_MAX} metrics, params and tags wait to be sent; await run.flush() between them`,
  );
}
