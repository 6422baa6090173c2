import { hostname } from "node:os";
import { type MlflowClient } from "@flightdeck/client";
import { identifyProcess, isRunning } from "@flightdeck/compute";
import { AppError, isAppError, messageOf, newId, sleep } from "@flightdeck/core";
import type { Run } from "@flightdeck/protocol";

/** The parent run has one param per successive owner: `flightdeck.owner.0` is the process that began the search. */
const OWNER_PARAM = /^flightdeck\.owner\.(\d{1,9})$/;

/** The parent run's heartbeat tag: the owner's number, and a value that changes with each beat. */
const BEAT_TAG = "flightdeck.owner.beat";
const ENDED = "ended";

/** How often an owner sends a heartbeat. */
const BEAT_MS = 5_000;

/** An owner on another machine loses its search after this long without a heartbeat. */
const LEASE_MS = 20_000;

const POLL_MS = 1_000;

type Owner = {
  readonly host: string;
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
};

/**
 * One process's exclusive right to run a search; other processes that try to resume it are refused. It relies on a rule
 * that every MLflow server enforces: a run's param can only be written once. So if two processes register as the next
 * owner, one of them fails. An owner on this machine is dead when its process has ended; one on another machine, after
 * 20 seconds without a heartbeat.
 */
export class SearchLease {
  /** Fires when another process has taken over the search; the reason is the error to report. */
  readonly signal: AbortSignal;
  readonly #client: MlflowClient;
  readonly #runId: string;
  readonly #number: number;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #confirmedMs = Date.now();

  private constructor(client: MlflowClient, runId: string, number: number) {
    this.#client = client;
    this.#runId = runId;
    this.#number = number;
    this.signal = this.#controller.signal;
    this.#timer = setInterval(() => void this.#beat(), BEAT_MS).unref();
  }

  /** Takes a search that no process is running. Throws RESOURCE_CONFLICT naming its owner. */
  static async take(client: MlflowClient, runId: string): Promise<SearchLease> {
    for (;;) {
      const run = await client.getRun(runId);
      const number = ownerNumber(run);
      if (number >= 0 && (await isAlive(client, run, number))) throw inUse(run, number);
      const key = `flightdeck.owner.${number + 1}`;
      const self = await identifyProcess(process.pid);
      const value = JSON.stringify({ host: hostname(), pid: process.pid, ...self, id: newId() });
      try {
        await client.logParam(runId, { key, value });
      } catch (error) {
        if (isAppError(error, "INVALID_PARAMETER_VALUE")) continue; // Another process was faster: look again.
        throw error;
      }
      const lease = new SearchLease(client, runId, number + 1);
      await lease.#show(String(Date.now()));
      return lease;
    }
  }

  /**
   * Throws if another process has taken over the search. Asks the server only if the last successful contact is a while
   * ago.
   */
  async guard(): Promise<void> {
    this.signal.throwIfAborted();
    if (Date.now() - this.#confirmedMs < LEASE_MS / 2) return;
    const run = await this.#client.getRun(this.#runId);
    if (ownerNumber(run) === this.#number) this.#confirmedMs = Date.now();
    else this.#controller.abort(takenOver(run));
    this.signal.throwIfAborted();
  }

  /**
   * Lets others resume the search immediately. Never rejects: if releasing fails, they have to wait until this process
   * ends or its lease expires.
   */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (this.signal.aborted) return;
    await this.#show(ENDED).catch((error: unknown) => {
      process.emitWarning(`the search of run ${this.#runId} could not be released: ${messageOf(error)}`);
    });
  }

  async #beat(): Promise<void> {
    try {
      await this.guard();
      await this.#show(String(Date.now()));
      this.#confirmedMs = Date.now();
    } catch {
      // The server is unreachable; the next request checks whether the search is still ours.
    }
  }

  async #show(what: string): Promise<void> {
    await this.#client.setTag(this.#runId, { key: BEAT_TAG, value: `${this.#number} ${what}` });
  }
}

/** Whether any process is running, or has run, this search. */
export function hasOwner(run: Run): boolean {
  return ownerNumber(run) >= 0;
}

/** The number of the latest owner; −1 if there was none. */
function ownerNumber({ data }: Run): number {
  const numbers = data.params.map(({ key }) => Number(OWNER_PARAM.exec(key)?.[1] ?? -1));
  return Math.max(-1, ...numbers);
}

function beatOf({ data }: Run): string | undefined {
  return data.tags.find(({ key }) => key === BEAT_TAG)?.value;
}

async function isAlive(client: MlflowClient, run: Run, number: number): Promise<boolean> {
  const beat = beatOf(run);
  if (beat === `${number} ${ENDED}`) return false;
  const owner = ownerOf(run, number);
  if (owner?.host === hostname()) return isRunning(owner);
  for (let waitedMs = 0; waitedMs < LEASE_MS; waitedMs += POLL_MS) {
    await sleep(POLL_MS);
    const now = await client.getRun(run.info.runId);
    if (beatOf(now) !== beat || ownerNumber(now) !== number) return beatOf(now) !== `${number} ${ENDED}`;
  }
  return false;
}

/** Parses the identity that an owner recorded; undefined if it is not understood. */
function ownerOf({ data }: Run, number: number): Owner | undefined {
  const text = data.params.find(({ key }) => key === `flightdeck.owner.${number}`)?.value ?? "";
  try {
    const { host, pid, startTime, bootId } = JSON.parse(text) as Partial<Owner>; // Each field is checked below.
    if (typeof host !== "string" || typeof pid !== "number") return undefined;
    if (typeof startTime !== "string" || typeof bootId !== "string") return undefined;
    return { host, pid, startTime, bootId };
  } catch {
    return undefined;
  }
}

function inUse(run: Run, number: number): AppError {
  return new AppError("RESOURCE_CONFLICT", `the search ${nameOf(run)} is under way in ${shown(run, number)}`);
}

function takenOver(run: Run): AppError {
  const by = shown(run, ownerNumber(run));
  return new AppError("RESOURCE_CONFLICT", `the search ${nameOf(run)} was taken over by ${by}`);
}

function nameOf({ info }: Run): string {
  return `"${info.runName}" (run ${info.runId})`;
}

function shown(run: Run, number: number): string {
  const owner = ownerOf(run, number);
  return owner === undefined ? "another process" : `process ${owner.pid} on ${owner.host}`;
}
