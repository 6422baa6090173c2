import type { Clock } from "@flightdeck/core";
import type { Trial } from "../trials/trial.ts";
import type { FminProgress } from "./fmin-options.ts";

/** The stream to write to: `process.stderr`, or a replacement in tests. */
export type ProgressStream = {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
};

/** Redraw interval on a terminal, and interval of lines on other streams. */
const REDRAW_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;
const BAR_WIDTH = 24;

/**
 * Shows the progress of a search: a bar that is redrawn in place on a terminal, or plain lines elsewhere, which keeps control
 * characters out of log files. Call `show` when a trial ends, and `end` once.
 */
export function progressBar(stream: ProgressStream, clock: Clock): ProgressBar {
  const isTerminal = stream.isTTY === true;
  const startMs = clock.nowMs();
  const everyMs = isTerminal ? REDRAW_EVERY_MS : LINE_EVERY_MS;
  let shownMs = Number.NEGATIVE_INFINITY;
  let latest: string | undefined;
  const draw = (text: string): void => {
    stream.write(isTerminal ? `\r\u001B[2K${text.slice(0, (stream.columns ?? 80) - 1)}` : `${text}\n`);
    latest = undefined;
  };
  return {
    show: (trial, progress) => {
      const nowMs = clock.nowMs();
      latest = describe(trial, progress, { elapsedMs: nowMs - startMs, withBar: isTerminal });
      if (nowMs - shownMs < everyMs) return;
      shownMs = nowMs;
      draw(latest);
    },
    end: () => {
      if (latest !== undefined) draw(latest);
      if (isTerminal) stream.write("\n");
    },
  };
}

export type ProgressBar = {
  show(trial: Trial, progress: FminProgress): void;
  end(): void;
};

type DescribeOptions = { readonly elapsedMs: number; readonly withBar: boolean };

/** For example `12/60 trials, 3.4 trials/s, trial 11: loss 0.31, best 0.27`. */
function describe(trial: Trial, progress: FminProgress, { elapsedMs, withBar }: DescribeOptions): string {
  const { finishedCount, maxEvals, bestLoss } = progress;
  const isBounded = maxEvals !== undefined && Number.isFinite(maxEvals);
  const parts = [
    `${finishedCount}${isBounded ? `/${maxEvals}` : ""} trials`,
    `${((finishedCount * 1000) / Math.max(elapsedMs, 1)).toPrecision(3)} trials/s`,
    `trial ${trial.tid}: ${outcomeOf(trial)}`,
  ];
  if (bestLoss !== undefined) parts.push(`best ${shortNumber(bestLoss)}`);
  const bar = withBar && isBounded ? `${barOf(finishedCount / Math.max(maxEvals, 1))} ` : "";
  return bar + parts.join(", ");
}

function outcomeOf({ misc, result }: Trial): string {
  if (misc.error !== undefined) return misc.error.join(": ").split("\n", 1)[0] ?? "";
  return result.loss === undefined ? result.status : `loss ${shortNumber(result.loss)}`;
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function barOf(share: number): string {
  const full = Math.round(Math.min(share, 1) * BAR_WIDTH);
  return `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]`;
}
