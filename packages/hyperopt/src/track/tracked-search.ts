import { type MlflowClient, openClient, RunWriter, type WrittenRun } from "@flightdeck/client";
import { AppError } from "@flightdeck/core";
import { LIMITS, type Param, type Run, type RunStatus, SYSTEM_TAGS } from "@flightdeck/protocol";
import type { Assignment } from "../space/assignment.ts";
import type { Domain } from "../space/domain.ts";
import type { SpaceValue } from "../space/space-value.ts";
import { JOB_STATE_DONE, JOB_STATE_ERROR, JOB_STATE_NEW } from "../trials/states.ts";
import { assignmentOf, newTrial, okLossOf, type Trial } from "../trials/trial.ts";
import type { SearchRecord } from "../trials/search-record.ts";
import { type Trials, trialsFromDocs } from "../trials/trials.ts";
import { openParentRun } from "./open-parent-run.ts";
import type { SearchLease } from "./search-lease.ts";
import type { TrackOptions } from "./track-options.ts";
import {
  beginningTags,
  endingEntries,
  endingStatus,
  paramsReader,
  REPORT_METRIC,
  trialFromRun,
} from "./trial-record.ts";

/** The parent run's params, prefixed because a run supplied by the caller may have params with shorter names. */
const PARAMS = { space: "search.space", algorithm: "search.algorithm", seed: "search.seed" } as const;

/** Only the last part of a trial's log, up to this many characters, is kept. */
const LOG_CHARS_MAX = 1_000_000;

export type OpenTrackedSearchOptions<TSpace> = {
  readonly track: TrackOptions<SpaceValue<TSpace>>;
  readonly domain: Domain<TSpace>;
  /** The algorithm's display name. */
  readonly algorithm: string;
  /** The seed that the caller passed; a resumed search must have had the same. */
  readonly seed: number | undefined;
  /** Evaluated before the algorithm proposes any points. */
  readonly points: readonly Assignment[];
  /** Pruners compare with earlier trials' reports. */
  readonly needsReports: boolean;
};

/** A search whose trials are runs on the tracking server, from which it can be resumed. */
export class TrackedSearch implements SearchRecord {
  readonly trials: Trials;
  readonly seed: number;
  readonly #lease: SearchLease;
  readonly #writer: RunWriter;
  readonly #parent: Run;
  readonly #parentRun: WrittenRun;
  readonly #endsParent: boolean;
  readonly #paramsOf: (trial: Trial) => readonly Param[];
  readonly #open = new Map<number, OpenTrial>();
  #best: Best | undefined;
  /**
   * Counts all ended trials on the server, including those before a resume, so that the steps of `best_loss` continue.
   */
  #endedCount: number;

  constructor(parts: TrackedSearchParts) {
    this.trials = parts.trials;
    this.seed = parts.seed;
    this.#lease = parts.lease;
    this.#writer = parts.writer;
    this.#parent = parts.parent;
    this.#parentRun = parts.parentRun;
    this.#endsParent = parts.endsParent;
    this.#paramsOf = parts.paramsOf;
    this.#endedCount = parts.runIds.size;
    for (const trial of this.trials) this.#noteBest(trial, parts.runIds.get(trial.tid) ?? "");
  }

  /** Fires when another process has taken over the search. */
  get signal(): AbortSignal {
    return this.#lease.signal;
  }

  /** Waits only if the server is far behind. */
  room(signal: AbortSignal | undefined): Promise<void> {
    return this.#writer.room(signal);
  }

  /** Not recorded: points that were proposed but not started are proposed again. */
  propose(): void {}

  begin(trial: Trial): void {
    const { experimentId, runId } = this.#parent.info;
    const name = `trial ${trial.tid}`;
    const run = this.#writer.create({
      experimentId,
      runName: name,
      startTimeMs: trial.bookTime ?? undefined,
      tags: [
        { key: SYSTEM_TAGS.parentRunId, value: runId },
        { key: SYSTEM_TAGS.runName, value: name },
        ...beginningTags(trial),
      ],
    });
    run.log({ params: this.#paramsOf(trial) });
    this.#open.set(trial.tid, { run, log: [], logSize: 0 });
  }

  report(trialId: number, value: number, step: number): void {
    const metric = { key: REPORT_METRIC, value, step, timestampMs: Date.now() };
    this.#open.get(trialId)?.run.log({ metrics: [metric] });
  }

  log(trialId: number, line: string): void {
    const open = this.#open.get(trialId);
    if (open === undefined) return;
    open.log.push(line);
    open.logSize += line.length + 1;
    while (open.logSize > LOG_CHARS_MAX) open.logSize -= (open.log.shift() ?? "").length + 1;
  }

  async runIdOf(trialId: number): Promise<string> {
    const open = this.#open.get(trialId);
    if (open === undefined) throw new AppError("INVALID_STATE", `trial ${trialId} is not under way`);
    return open.run.runId;
  }

  end(trial: Trial): void {
    const open = this.#open.get(trial.tid);
    if (open === undefined) return; // The trial never started.
    this.#open.delete(trial.tid);
    const { run, log } = open;
    run.log(endingEntries(trial));
    if (log.length > 0) run.writeText("log.txt", `${log.join("\n")}\n`);
    run.end(endingStatus(trial), trial.refreshTime ?? Date.now());
    this.#endedCount++;
    if (!this.#noteBest(trial, run)) return;
    const value = okLossOf(trial) as number; // The best trial has a loss.
    const metric = { key: "best_loss", value, step: this.#endedCount, timestampMs: Date.now() };
    this.#parentRun.log({ metrics: [metric] });
  }

  /** Waits until everything is written to the server, then releases the search. Rejects if a write failed. */
  async finish(status: RunStatus): Promise<void> {
    try {
      await this.#endParent(status);
    } finally {
      await this.#writer.close();
      await this.#lease.release();
    }
  }

  /** Ends the parent run even if another write failed, but then not as FINISHED. */
  async #endParent(status: RunStatus): Promise<void> {
    try {
      if (this.#best !== undefined) await this.#logBest(this.#best);
      if (this.#endsParent) this.#parentRun.end(status);
      await this.#writer.drain();
    } catch (error) {
      if (this.#endsParent) this.#parentRun.end(status === "FINISHED" ? "FAILED" : status);
      await this.#writer.drain().catch(() => undefined); // Rejects with the same error.
      throw error;
    }
  }

  async #logBest({ trial, run }: Best): Promise<void> {
    await this.#writer.drain();
    const runId = typeof run === "string" ? run : await run.runId;
    const tags = [
      { key: "best.trial", value: String(trial.tid) },
      { key: "best.run_id", value: runId },
      ...this.#paramsOf(trial).map(({ key, value }) => ({ key: `best.param.${key}`, value })),
    ];
    this.#parentRun.log({
      tags: tags.map(({ key, value }) => ({ key: key.slice(0, LIMITS.entityKeyCharsMax), value })),
    });
  }

  #noteBest(trial: Trial, run: WrittenRun | string): boolean {
    const loss = okLossOf(trial);
    if (trial.state !== JOB_STATE_DONE || loss === undefined) return false;
    if (this.#best !== undefined && !(loss < this.#best.loss)) return false;
    this.#best = { trial, loss, run };
    return true;
  }
}

type Best = { readonly trial: Trial; readonly loss: number; readonly run: WrittenRun | string };

type OpenTrial = { readonly run: WrittenRun; readonly log: string[]; logSize: number };

type TrackedSearchParts = {
  readonly trials: Trials;
  readonly seed: number;
  readonly lease: SearchLease;
  readonly writer: RunWriter;
  readonly parent: Run;
  readonly parentRun: WrittenRun;
  readonly endsParent: boolean;
  readonly paramsOf: (trial: Trial) => readonly Param[];
  readonly runIds: ReadonlyMap<number, string>;
};

/**
 * Finds or starts the search on the server. Ended trials become its history. Interrupted trials are evaluated again
 * under the same id, and the run of the interrupted attempt ends as KILLED. Throws RESOURCE_CONFLICT if another process
 * is running the search, and INVALID_PARAMETER_VALUE if it was started with another space or seed.
 */
export async function openTrackedSearch<TSpace>(
  options: OpenTrackedSearchOptions<TSpace>,
): Promise<TrackedSearch> {
  const { track, domain } = options;
  const client = track.client ?? openClient(process.env);
  const { run: parent, lease } = await openParentRun(client, track);
  try {
    const seed = await agreeOnBeginning(client, parent, options);
    const history = await readHistory(client, parent, options.needsReports);
    const trials = trialsOf(history, options.points);
    await client.updateRun({ runId: parent.info.runId, status: "RUNNING" });
    // Nothing below may fail, because the writer has to be closed.
    const writer = new RunWriter({ client, guard: () => lease.guard() });
    for (const { runId, status } of history.corrections) writer.open(runId).end(status);
    return new TrackedSearch({
      trials,
      seed,
      lease,
      writer,
      parent,
      parentRun: writer.open(parent.info.runId),
      endsParent: track.runId === undefined,
      paramsOf: paramsReader(domain, track.params),
      runIds: history.runIds,
    });
  } catch (error) {
    await lease.release();
    throw error;
  }
}

/** Checks the settings that a resumed search must not change. Returns the search's seed. */
async function agreeOnBeginning(
  client: MlflowClient,
  { info, data }: Run,
  { domain, algorithm, seed }: Pick<OpenTrackedSearchOptions<unknown>, "domain" | "algorithm" | "seed">,
): Promise<number> {
  const known = new Map(data.params.map(({ key, value }) => [key, value]));
  const space = describeSpace(domain);
  const knownSeed = known.get(PARAMS.seed);
  if (knownSeed === undefined) {
    const chosen = seed ?? Math.floor(Math.random() * 2 ** 32);
    const params = [
      { key: PARAMS.space, value: space },
      { key: PARAMS.algorithm, value: algorithm },
      { key: PARAMS.seed, value: String(chosen) },
    ];
    await client.logBatch({ runId: info.runId, params }); // Atomic.
    return chosen;
  }
  const knownSpace = known.get(PARAMS.space) ?? "none";
  if (knownSpace !== space) throw differs(info.runName, "space", knownSpace, space);
  if (seed !== undefined && String(seed) !== knownSeed)
    throw differs(info.runName, "seed", knownSeed, String(seed));
  return Number(knownSeed);
}

function differs(name: string, what: string, known: string, given: string): AppError {
  const message = `the search "${name}" was begun with another ${what}: ${known}; got ${given}`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

/** The priors by label, truncated to the length of a param. */
function describeSpace({ parameters }: Domain): string {
  const priors = Object.fromEntries(parameters.map(({ label, prior }) => [label, prior]));
  return JSON.stringify(priors).slice(0, LIMITS.paramValueCharsMax);
}

type History = {
  readonly docs: ReadonlyMap<number, Trial>;
  /** The run of each ended trial, by trial id. */
  readonly runIds: ReadonlyMap<number, string>;
  readonly corrections: readonly { readonly runId: string; readonly status: RunStatus }[];
};

async function readHistory(client: MlflowClient, { info }: Run, needsReports: boolean): Promise<History> {
  const docs = new Map<number, Trial>();
  const runIds = new Map<number, string>();
  const corrections: { runId: string; status: RunStatus }[] = [];
  const filter = `tags.\`${SYSTEM_TAGS.parentRunId}\` = '${info.runId}'`;
  for await (const run of client.searchRunsAll({ experimentIds: [info.experimentId], filter })) {
    const trial = trialFromRun(run);
    if (trial === undefined) continue;
    const { runId, status } = run.info;
    const counts = hasEnded(trial) && !runIds.has(trial.tid);
    const wanted = counts ? endingStatus(trial) : "KILLED";
    if (status !== wanted) corrections.push({ runId, status: wanted });
    if (counts) runIds.set(trial.tid, runId);
    if (counts || !docs.has(trial.tid)) docs.set(trial.tid, counts ? trial : toBeEvaluated(trial));
  }
  if (needsReports) await readReports(client, docs, runIds);
  return { docs, runIds, corrections };
}

/** Cancelled trials do not count as ended, so they are evaluated again. */
function hasEnded({ state }: Trial): boolean {
  return state === JOB_STATE_DONE || state === JOB_STATE_ERROR;
}

function toBeEvaluated(trial: Trial): Trial {
  const labels = Object.keys(trial.misc.vals);
  return { ...newTrial({ tid: trial.tid, assignment: assignmentOf(trial), labels }), state: JOB_STATE_NEW };
}

async function readReports(
  client: MlflowClient,
  docs: ReadonlyMap<number, Trial>,
  runIds: ReadonlyMap<number, string>,
): Promise<void> {
  const tidOf = new Map([...runIds].map(([tid, runId]) => [runId, tid]));
  const all = [...tidOf.keys()];
  for (let i = 0; i < all.length; i += LIMITS.bulkIntervalRunsMax) {
    const some = all.slice(i, i + LIMITS.bulkIntervalRunsMax);
    const points = await client.getMetricHistoryBulk({ runIds: some, metricKey: REPORT_METRIC });
    for (const { runId, value, step } of points) {
      const trial = docs.get(tidOf.get(runId) ?? -1);
      if (trial !== undefined) (trial.misc.reports ??= []).push({ step, value });
    }
  }
}

function trialsOf({ docs }: History, points: readonly Assignment[]): Trials {
  const all = new Map(points.map((assignment, tid) => [tid, newTrial({ tid, assignment })]));
  for (const [tid, trial] of docs) all.set(tid, trial);
  const trials = trialsFromDocs([...all.values()].sort((a, b) => a.tid - b.tid));
  trials.reuseIds();
  return trials;
}
