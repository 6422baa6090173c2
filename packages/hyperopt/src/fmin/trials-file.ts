import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { AppError, messageOf } from "@flightdeck/core";
import type { SearchRecord } from "../trials/search-record.ts";
import { trialsFromDocs, type Trials } from "../trials/trials.ts";
import { parseTrial, trialToWire } from "../trials/trial-wire.ts";
import type { Trial } from "../trials/trial.ts";

/**
 * The file of `trialsSaveFile`: one line of JSON when a trial is proposed and another when it ends. The last line of a trial
 * counts. A killed process leaves at most an incomplete last line, which the next start drops.
 */
export type TrialsFile = { readonly trials: Trials; readonly record: SearchRecord };

/** Opens the file, or creates it with the given trials. Throws IO_ERROR or `InvalidTrial` with the file and the line. */
export function openTrialsFile(path: string, create: () => Trials): TrialsFile {
  const isKnown = wrapIo(path, () => existsSync(path));
  const trials = isKnown ? readTrials(path) : create();
  if (!isKnown) wrapIo(path, () => writeFileSync(path, ""));
  // Writes the trial's current state and its attachments.
  const append = (trial: Trial): void => {
    const line = { trial: trialToWire(trial), attachments: attachmentsOf(trials, trial) };
    wrapIo(path, () => appendFileSync(path, `${JSON.stringify(line)}\n`));
  };
  return { trials, record: { propose: append, begin: () => {}, end: append, room: async () => {} } };
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
    // parseTrial checks its input; attachments may be anything.
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
