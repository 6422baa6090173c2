import { hyperoptError } from "../hyperopt-error.ts";
import { JOB_STATES, type JobState, STATUS_STRINGS, type Status } from "./states.ts";
import type { Trial, TrialMisc, TrialReport, TrialResult } from "./trial.ts";

/** A number in JSON. Values that JSON has no number for are strings. */
export type NumberWire = number | "NaN" | "Infinity" | "-Infinity";

/** A trial document in hyperopt's format, which Python's `trials_from_docs` can read. */
export type TrialWire = {
  readonly state: number;
  readonly tid: number;
  readonly spec: unknown;
  readonly result: Readonly<Record<string, unknown>>;
  readonly misc: Readonly<Record<string, unknown>>;
  readonly exp_key: string | null;
  readonly owner: unknown;
  readonly version: number;
  readonly book_time: number | null;
  readonly refresh_time: number | null;
};

export function trialToWire(trial: Trial): TrialWire {
  const { expKey, bookTime, refreshTime, result, misc, ...same } = trial;
  return {
    ...same,
    result: resultToWire(result),
    misc: miscToWire(misc),
    exp_key: expKey,
    book_time: bookTime,
    refresh_time: refreshTime,
  };
}

/** Parses one trial document. Throws `InvalidTrial` naming the field that is missing or has the wrong type. */
export function parseTrial(json: unknown): Trial {
  const doc = recordAt(json, "trial");
  const tid = integerAt(doc["tid"], "tid");
  const misc = parseMisc(recordAt(doc["misc"], "misc"));
  if (misc.tid !== tid) throw invalid("misc.tid", `the trial's tid ${tid}`, misc.tid);
  return {
    state: parseState(doc["state"]),
    tid,
    spec: doc["spec"] ?? null,
    result: parseResult(recordAt(doc["result"], "result")),
    misc,
    expKey: nullable(doc["exp_key"], "exp_key", stringAt),
    owner: doc["owner"] ?? null,
    version: integerAt(doc["version"] ?? 0, "version"),
    bookTime: nullable(doc["book_time"], "book_time", numberAt),
    refreshTime: nullable(doc["refresh_time"], "refresh_time", numberAt),
  };
}

function resultToWire(result: TrialResult): Record<string, unknown> {
  const { loss, lossVariance, trueLoss, ...own } = result;
  const wire: Record<string, unknown> = { ...own };
  if (loss !== undefined) wire["loss"] = numberToWire(loss);
  if (lossVariance !== undefined) wire["loss_variance"] = numberToWire(lossVariance);
  if (trueLoss !== undefined) wire["true_loss"] = numberToWire(trueLoss);
  return wire;
}

function parseResult(wire: Readonly<Record<string, unknown>>): TrialResult {
  const { status, loss, loss_variance: lossVariance, true_loss: trueLoss, ...own } = wire;
  return {
    ...own,
    status: parseStatus(status),
    ...(loss === undefined || loss === null ? {} : { loss: numberAt(loss, "result.loss") }),
    ...(lossVariance === undefined ? {} : { lossVariance: numberAt(lossVariance, "result.loss_variance") }),
    ...(trueLoss === undefined ? {} : { trueLoss: numberAt(trueLoss, "result.true_loss") }),
  };
}

function miscToWire(misc: TrialMisc): Record<string, unknown> {
  const { fromTid, vals, reports, ...same } = misc;
  return {
    ...same,
    vals: mapValues(vals, (values) => values.map(numberToWire)),
    ...(fromTid === undefined ? {} : { from_tid: fromTid }),
    ...(reports === undefined
      ? {}
      : { reports: reports.map(({ step, value }) => [step, numberToWire(value)]) }),
  };
}

function parseMisc(wire: Readonly<Record<string, unknown>>): TrialMisc {
  const { from_tid: fromTid, error, workdir, reports } = wire;
  return {
    tid: integerAt(wire["tid"], "misc.tid"),
    cmd: wire["cmd"] ?? null,
    workdir: nullable(workdir, "misc.workdir", stringAt),
    idxs: parseLabels(wire["idxs"], "misc.idxs"),
    vals: parseLabels(wire["vals"], "misc.vals"),
    ...(fromTid === undefined ? {} : { fromTid: integerAt(fromTid, "misc.from_tid") }),
    ...(error === undefined ? {} : { error: parseError(error) }),
    ...(reports === undefined ? {} : { reports: parseReports(reports) }),
  };
}

function parseLabels(json: unknown, field: string): Record<string, readonly number[]> {
  return mapValues(recordAt(json, field), (values, label) => {
    const labelField = `${field}.${label}`;
    if (!Array.isArray(values) || values.length > 1) throw invalid(labelField, "[] or [value]", values);
    return values.map((value: unknown) => numberAt(value, labelField));
  });
}

function parseError(json: unknown): readonly [string, string] {
  if (!Array.isArray(json) || json.length !== 2) throw invalid("misc.error", "[name, message]", json);
  return [stringAt(json[0], "misc.error"), stringAt(json[1], "misc.error")];
}

function parseReports(json: unknown): TrialReport[] {
  if (!Array.isArray(json)) throw invalid("misc.reports", "a list of [step, value]", json);
  return json.map((pair: unknown) => {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw invalid("misc.reports", "a list of [step, value]", pair);
    return { step: integerAt(pair[0], "misc.reports"), value: numberAt(pair[1], "misc.reports") };
  });
}

function parseState(json: unknown): JobState {
  const state = JOB_STATES.find((known) => known === json);
  if (state === undefined) throw invalid("state", `one of ${JOB_STATES.join(", ")}`, json);
  return state;
}

function parseStatus(json: unknown): Status {
  const status = STATUS_STRINGS.find((known) => known === json);
  if (status === undefined) throw invalid("result.status", `one of ${STATUS_STRINGS.join(", ")}`, json);
  return status;
}

function numberToWire(value: number): NumberWire {
  if (Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "Infinity" : "-Infinity";
}

function numberAt(json: unknown, field: string): number {
  if (typeof json === "number") return json;
  if (json === "NaN" || json === "Infinity" || json === "-Infinity") return Number(json);
  throw invalid(field, "a number", json);
}

function integerAt(json: unknown, field: string): number {
  if (typeof json === "number" && Number.isSafeInteger(json)) return json;
  throw invalid(field, "an integer", json);
}

function stringAt(json: unknown, field: string): string {
  if (typeof json === "string") return json;
  throw invalid(field, "a string", json);
}

function nullable<T>(json: unknown, field: string, read: (json: unknown, field: string) => T): T | null {
  return json === null || json === undefined ? null : read(json, field);
}

/** Throws `InvalidTrial` unless the value is an object; `field` names it in the message. */
export function recordAt(json: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw invalid(field, "an object", json);
  return json as Readonly<Record<string, unknown>>; // Checked above: an object that is not an array.
}

function mapValues<TFrom, TTo>(
  record: Readonly<Record<string, TFrom>>,
  convert: (value: TFrom, key: string) => TTo,
): Record<string, TTo> {
  const entries = Object.entries(record).map(([key, value]) => [key, convert(value, key)] as const);
  return Object.fromEntries(entries);
}

function invalid(field: string, allowed: string, got: unknown): Error {
  return hyperoptError(
    "InvalidTrial",
    `${field} must be ${allowed}, got ${JSON.stringify(got) ?? String(got)}`,
  );
}
