import type { RunEntries } from "@flightdeck/client";
import { AppError, messageOf, parseUntrustedJson } from "@flightdeck/core";
import { LIMITS, type Metric, type Param, type Run, type RunStatus, type Tag } from "@flightdeck/protocol";
import type { Domain } from "../space/domain.ts";
import { isHpChoice, isContainer, isHpNode } from "../space/nodes.ts";
import { spaceEval } from "../space/space-eval.ts";
import type { SpaceValue } from "../space/space-value.ts";
import type { Assignment } from "../space/assignment.ts";
import { JOB_STATE_DONE, JOB_STATE_ERROR, STATUS_SUSPENDED } from "../trials/states.ts";
import { assignmentOf, type Trial } from "../trials/trial.ts";
import { parseTrial, trialToWire } from "../trials/trial-wire.ts";

/** A trial's run records the trial's id, and its document in as many tags as needed. */
const TRIAL_TAG = "flightdeck.trial";
const DOCUMENT_TAG = "flightdeck.trial.document";

/** The metric whose history holds the objective's reports. */
export const REPORT_METRIC = "reported";

/** If the document needs more tags than this, the objective's own additions to its result are dropped. */
const DOCUMENT_TAGS_MAX = 50;

/** The tags of a trial's run at its start. */
export function beginningTags(trial: Trial): Tag[] {
  return [{ key: TRIAL_TAG, value: String(trial.tid) }, ...documentTags(trial)];
}

/** Returns a function that gives a trial's params: those computed by `params`, or the value drawn for each label. */
export function paramsReader<TSpace>(
  domain: Domain<TSpace>,
  params: ((value: SpaceValue<TSpace>) => Readonly<Record<string, unknown>>) | undefined,
): (trial: Trial) => readonly Param[] {
  const optionsOf = optionsByLabel(domain);
  const drawn = (trial: Trial): Record<string, unknown> => asPeopleRead(assignmentOf(trial), optionsOf);
  const own = params && ((trial: Trial) => params(spaceEval(domain.space, assignmentOf(trial))));
  return (trial) =>
    Object.entries((own ?? drawn)(trial)).map(([key, value]) => ({
      key: key.slice(0, LIMITS.entityKeyCharsMax),
      value: String(value).slice(0, LIMITS.paramValueCharsMax),
    }));
}

/** Shows a choice as its option if that is a string, number or boolean, else as its index. */
function asPeopleRead(
  assignment: Assignment,
  optionsOf: ReadonlyMap<string, readonly unknown[]>,
): Record<string, unknown> {
  const shown = Object.entries(assignment).map(([label, value]) => {
    const option = optionsOf.get(label)?.[value];
    return [label, ["string", "number", "boolean"].includes(typeof option) ? option : value];
  });
  return Object.fromEntries(shown) as Record<string, unknown>; // Labels are strings.
}

/** The options of each choice in a space, by label. */
function optionsByLabel({ space }: Domain): ReadonlyMap<string, readonly unknown[]> {
  const found = new Map<string, readonly unknown[]>();
  const visit = (value: unknown): void => {
    if (isHpNode(value)) {
      if (!isHpChoice(value) || found.has(value.label)) return;
      found.set(value.label, value.options);
      value.options.forEach(visit);
    } else if (isContainer(value)) {
      Object.values(value).forEach(visit);
    }
  };
  visit(space);
  return found;
}

/** The entries to log when a trial ends. */
export function endingEntries(trial: Trial): RunEntries {
  const { result, misc, bookTime, refreshTime } = trial;
  const timestampMs = refreshTime ?? Date.now();
  const metrics: Metric[] = [];
  if (result.loss !== undefined) metrics.push({ key: "loss", value: result.loss, step: 0, timestampMs });
  if (bookTime !== null) {
    metrics.push({ key: "duration_s", value: (timestampMs - bookTime) / 1000, step: 0, timestampMs });
  }
  const tags: Tag[] = [...documentTags(trial), { key: "status", value: result.status }];
  if (result.status === STATUS_SUSPENDED) tags.push({ key: "pruned", value: "true" });
  if (misc.error !== undefined) {
    tags.push({ key: "error", value: misc.error.join(": ").slice(0, LIMITS.tagValueCharsMax) });
  }
  return { metrics, tags };
}

export function endingStatus({ state }: Trial): RunStatus {
  if (state === JOB_STATE_DONE) return "FINISHED";
  return state === JOB_STATE_ERROR ? "FAILED" : "KILLED";
}

/** The trial recorded in a run; undefined if the run is not a trial. Throws if its document cannot be read. */
export function trialFromRun({ data, info }: Run): Trial | undefined {
  const tags = new Map(data.tags.map(({ key, value }) => [key, value]));
  if (!tags.has(TRIAL_TAG)) return undefined;
  const parts: string[] = [];
  for (;;) {
    const part = tags.get(`${DOCUMENT_TAG}.${parts.length}`);
    if (part === undefined) break;
    parts.push(part);
  }
  try {
    return parseTrial(parseUntrustedJson(parts.join("")));
  } catch (cause) {
    const message = `the trial of run ${info.runId} cannot be read: ${messageOf(cause)}`;
    throw new AppError("INVALID_STATE", message, { cause });
  }
}

/**
 * The document without its reports, which are a metric. It only grows during a trial, and so does its number of tags.
 */
function documentTags(trial: Trial): Tag[] {
  const size = LIMITS.tagValueCharsMax;
  let text = documentOf(trial, trial.result);
  if (text === undefined || text.length > size * DOCUMENT_TAGS_MAX) {
    const { status, loss, lossVariance, trueLoss } = trial.result;
    text = documentOf(trial, { status, loss, lossVariance, trueLoss } as Trial["result"]) ?? ""; // Drops undefined.
  }
  const whole = text;
  return Array.from({ length: Math.ceil(whole.length / size) }, (_, i) => ({
    key: `${DOCUMENT_TAG}.${i}`,
    value: whole.slice(i * size, (i + 1) * size),
  }));
}

/** ASCII, so that it can be split anywhere. Undefined if the objective's result cannot be represented in JSON. */
function documentOf(trial: Trial, result: Trial["result"]): string | undefined {
  const { reports: _reports, ...misc } = trial.misc;
  try {
    const text = JSON.stringify(trialToWire({ ...trial, misc, result }));
    return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  } catch {
    return undefined;
  }
}
