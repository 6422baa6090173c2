import { AppError } from "@flightdeck/core";
import type { CreateRunInput, Metric, Param, RunBatch, RunStatus, Tag } from "@flightdeck/protocol";
import { ENTRIES_MAX, takeBatch } from "./run-batch.ts";

/** Entries to add to a run. */
export type RunEntries = {
  readonly metrics?: readonly Metric[] | undefined;
  readonly params?: readonly Param[] | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

/** The number of waiting entries of all runs of one writer. */
export type Waiting = { count: number };

export type RunText = { readonly path: string; readonly text: string };
type RunEnd = { readonly status: RunStatus; readonly endTimeMs: number };

/** A run of a `RunWriter`. Its methods never wait for the server. */
export class WrittenRun {
  /** Resolves when the server has created the run; rejects if it refuses. */
  readonly runId: Promise<string>;
  /** Whether a worker is currently sending its entries. */
  isBusy = false;
  readonly #waiting: Waiting;
  readonly #changed: (run: WrittenRun, when: "now" | "soon") => void;
  readonly #identity = Promise.withResolvers<string>();
  #creation: CreateRunInput | undefined;
  readonly #params: Param[] = [];
  readonly #metrics: Metric[] = [];
  readonly #tags = new Map<string, string>();
  readonly #texts: RunText[] = [];
  #end: RunEnd | undefined;
  #isEnding = false;
  #failure: unknown;

  constructor(
    run: { readonly creation: CreateRunInput } | { readonly runId: string },
    waiting: Waiting,
    changed: (run: WrittenRun, when: "now" | "soon") => void,
  ) {
    this.#waiting = waiting;
    this.#changed = changed;
    this.runId = this.#identity.promise;
    this.runId.catch(() => {}); // Callers need not handle this promise.
    if ("runId" in run) this.#identity.resolve(run.runId);
    else this.#creation = run.creation;
  }

  /** Adds metrics, params and tags; the last value of a tag wins. Ignored after the run has failed. */
  log({ metrics = [], params = [], tags = [] }: RunEntries): void {
    if (this.#failure !== undefined) return;
    if (this.waitingCount > ENTRIES_MAX) throw tooMany();
    for (const metric of metrics) this.#metrics.push(metric);
    for (const param of params) this.#params.push(param);
    const before = this.#tags.size;
    for (const { key, value } of tags) this.#tags.set(key, value);
    this.#waiting.count += metrics.length + params.length + this.#tags.size - before;
    this.#changed(this, "soon");
  }

  /** Writes a text as an artifact, before the run ends. */
  writeText(path: string, text: string): void {
    if (this.#failure !== undefined) return;
    this.#texts.push({ path, text });
    this.#waiting.count++;
    this.#changed(this, "soon");
  }

  /** Sets the status, after everything added before has been sent. */
  end(status: RunStatus, endTimeMs: number = Date.now()): void {
    if (this.#failure !== undefined || this.#isEnding) return;
    this.#isEnding = true;
    this.#end = { status, endTimeMs };
    this.#changed(this, "now");
  }

  get waitingCount(): number {
    return this.#metrics.length + this.#params.length + this.#tags.size + this.#texts.length;
  }

  get hasWork(): boolean {
    return this.#creation !== undefined || this.waitingCount > 0 || this.#end !== undefined;
  }

  get hasEnded(): boolean {
    return this.#failure !== undefined || (this.#isEnding && !this.hasWork);
  }

  get creation(): CreateRunInput | undefined {
    return this.#creation;
  }

  created(runId: string): void {
    this.#creation = undefined;
    this.#identity.resolve(runId);
  }

  takeBatch(): RunBatch | undefined {
    const batch = takeBatch({ params: this.#params, tags: this.#tags, metrics: this.#metrics });
    const count = batch.params.length + batch.tags.length + batch.metrics.length;
    this.#waiting.count -= count;
    return count === 0 ? undefined : batch;
  }

  takeText(): RunText | undefined {
    if (this.#texts.length > 0) this.#waiting.count--;
    return this.#texts.shift();
  }

  takeEnd(): RunEnd | undefined {
    const end = this.#end;
    this.#end = undefined;
    return end;
  }

  /** Drops the run's remaining entries: the server refused one, so the rest would be incomplete. */
  fail(error: unknown): void {
    this.#failure = error;
    this.#waiting.count -= this.waitingCount;
    this.#identity.reject(error);
    this.#creation = undefined;
    this.#params.length = 0;
    this.#metrics.length = 0;
    this.#tags.clear();
    this.#texts.length = 0;
    this.#end = undefined;
  }
}

function tooMany(): AppError {
  return new AppError(
    "RESOURCE_EXHAUSTED",
    `more than ${ENTRIES_MAX} metrics, params and tags of one run are waiting to be sent`,
  );
}
