import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { AppError, messageOf } from "@flightdeck/core";
import { trialsFromDocs, type Trials } from "../trials/trials.ts";
import { parseTrial, trialToWire } from "../trials/trial-wire.ts";
import type { Trial } from "../trials/trial.ts";

/**
 * The file of `trialsSaveFile`: a line of JSON for each trial when it is proposed and another when it has ended, the
 * last one of a trial counts. A killed process leaves at most a broken last line, which is dropped on the next start.
 */
export type TrialsFile = {
  readonly trials: Trials;
  /** Writes down a trial as it is now, and the attachments that it has. */
  append(trial: Trial): void;
};

/** Opens the file, or starts one with the given trials. Throws IO_ERROR or `InvalidTrial` naming the file and the line. */
export function openTrialsFile(path: string, create: () => Trials): TrialsFile {
  const isKnown = wrapIo(path, () => existsSync(path));
  const trials = isKnown ? readTrials(path) : create();
  if (!isKnown) wrapIo(path, () => writeFileSync(path, ""));
  const append = (trial: Trial): void => {
    const line = { trial: trialToWire(trial), attachments: attachmentsOf(trials, trial) };
    wrapIo(path, () => appendFileSync(path, `${JSON.stringify(line)}\n`));
  };
  return { trials, append };
}

function readTrials(path: string): Trials {
  const bytes = wrapIo(path, () => readFileSync(path));
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) wrapIo(path, () => truncateSync(path, end));
  const docs = new Map<number, Trial>();
  const attachments = new Map<string, unknown>();
  const lines = bytes.subarray(0, end).toString("utf8").split("\n").slice(0, -1);
  lines.forEach((line, index) => {
    const { trial, attachments: own } = parseLine(line, `${path}:${index + 1}`);
    docs.set(trial.tid, trial);
    for (const [name, value] of Object.entries(own)) attachments.set(name, value);
  });
  const trials = trialsFromDocs([...docs.values()]);
  for (const [name, value] of attachments) trials.attachments.set(name, value);
  return trials;
}

type Line = { readonly trial: Trial; readonly attachments: Readonly<Record<string, unknown>> };

function parseLine(line: string, place: string): Line {
  try {
    // parseTrial looks at what it is given; attachments may be anything.
    const { trial, attachments = {} } = JSON.parse(line) as {
      trial: unknown;
      attachments?: Line["attachments"];
    };
    return { trial: parseTrial(trial), attachments };
  } catch (cause) {
    throw new AppError("INVALID_PARAMETER_VALUE", `${place} holds no trial: ${messageOf(cause)}`, { cause });
  }
}

function attachmentsOf(trials: Trials, { tid }: Trial): Record<string, unknown> | undefined {
  const prefix = `ATTACH::${tid}::`;
  const own = [...trials.attachments].filter(([name]) => name.startsWith(prefix));
  return own.length === 0 ? undefined : Object.fromEntries(own);
}

function wrapIo<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new AppError("IO_ERROR", `trialsSaveFile ${path}: ${messageOf(cause)}`, { cause });
  }
}
