import type { TransferProgress } from "@flightdeck/artifacts";
import type { EnvironmentProgress, OnEnvironmentProgress } from "@flightdeck/environments";
import type { ImportEvent } from "@flightdeck/import";
import { formatBytes } from "./format.ts";
import { note } from "./print.ts";

/** Progress of copying files. */
export type CopyProgress = {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly filesDone: number;
  readonly filesTotal: number;
};

/** How often to print a build's progress when stderr is not a terminal. */
const PLAIN_LINE_MS = 10_000;

/** A line that is overwritten must not wrap. */
const COLUMNS_DEFAULT = 80;

/** Minimum time between updates of a terminal, since people read no faster and writing takes time. Logs get fewer. */
const TERMINAL_INTERVAL_MS = 100;
const LOG_INTERVAL_MS = 5000;

const CLEAR = "\r\u001b[K";

/**
 * Shows the progress of building an environment. On a terminal it overwrites one line; elsewhere it prints a line at
 * the start, at the end, and every ten seconds. Remarks about deviations from the request come first.
 */
export function showEnvironment(): OnEnvironmentProgress {
  let shownAtMs: number | undefined;
  let phase: EnvironmentProgress["phase"] | undefined;
  return (progress) => {
    const text = describeBuild(progress);
    const isNew = progress.phase !== phase;
    phase = progress.phase;
    if (isNew && phase === "building") progress.remarks.forEach(note);
    const isLast = phase === "ready" || phase === "failed";
    if (process.stderr.isTTY) return writeOver(`flightdeck: ${text}`, isLast);
    if (phase === "failed") return; // The error message follows and says it all.
    if (!isNew && progress.elapsedMs - (shownAtMs ?? 0) < PLAIN_LINE_MS) return;
    shownAtMs = progress.elapsedMs;
    note(text);
  };
}

function describeBuild({ phase, title, elapsedMs, sizeBytes, line }: EnvironmentProgress): string {
  const soFar = `${Math.round(elapsedMs / 1000)} s, ${formatBytes(sizeBytes)}`;
  if (phase === "waiting") return `waiting for another process that builds the environment of ${title}`;
  if (phase === "failed") return `the environment of ${title} could not be built (${soFar})`;
  if (phase === "ready") return `built the environment of ${title} (${soFar})`;
  return `building the environment of ${title} (${soFar})${line === undefined ? "" : `: ${line}`}`;
}

function writeOver(text: string, isLast: boolean): void {
  const line = text.slice(0, (process.stderr.columns || COLUMNS_DEFAULT) - 1);
  process.stderr.write(`${CLEAR}${line}${isLast ? "\n" : ""}`);
}

/** Shows the progress of a transfer on a terminal, in one line that is overwritten. */
export function showTransfer({ filesDone, filesTotal }: TransferProgress): void {
  if (!process.stderr.isTTY) return;
  writeOver(`${filesDone} of ${filesTotal} files`, filesDone === filesTotal);
}

/** Shows the progress of a copy on a terminal, in one line that is overwritten. */
export function showCopy(): (progress: CopyProgress) => void {
  let shownAtMs = 0;
  return ({ bytesDone, bytesTotal, filesDone, filesTotal }) => {
    const isLast = filesDone === filesTotal;
    if (!process.stderr.isTTY || (!isLast && Date.now() - shownAtMs < TERMINAL_INTERVAL_MS)) return;
    shownAtMs = Date.now();
    const text = `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}, ${filesDone} of ${filesTotal} files`;
    writeOver(text, isLast);
  };
}

/**
 * Shows the progress of long work on stderr: in one line on a terminal, otherwise in occasional lines. `describe` puts an
 * event into words.
 */
export class ProgressLine<Event> {
  readonly #describe: (event: Event) => string;
  readonly #isTerminal: boolean = process.stderr.isTTY;
  #shownAtMs: number = Date.now();
  #isOpen = false;

  constructor(describe: (event: Event) => string) {
    this.#describe = describe;
  }

  readonly show = (event: Event): void => {
    if (Date.now() - this.#shownAtMs < (this.#isTerminal ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS)) return;
    this.#shownAtMs = Date.now();
    if (this.#isTerminal) writeOver(this.#describe(event), false);
    else note(this.#describe(event));
    this.#isOpen = this.#isTerminal;
  };

  /** Clears the progress line for the output that follows. */
  end(): void {
    if (this.#isOpen) process.stderr.write(CLEAR);
    this.#isOpen = false;
  }
}

/** The progress of an import, in words. */
export function describeImport({ experiment = "", counts }: ImportEvent): string {
  // Names may contain anything, including characters that control the terminal.
  const name = JSON.stringify(experiment);
  const { runs, "metric points": points, "artifact files": files } = counts;
  return `experiment ${name}: ${runs} runs, ${points} metric points, ${files} artifact files so far`;
}

/** An amount of work done when the total is unknown. */
export type Amount = { readonly bytes: number; readonly files: number };

/** An amount in words; `done` names the finished work, as in "backed up". */
export function describeAmount(done: string): (amount: Amount) => string {
  return ({ bytes, files }) => `${done} ${files} files, ${formatBytes(bytes)} so far`;
}
