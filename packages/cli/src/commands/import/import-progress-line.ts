import { type Clock, systemClock } from "@flightdeck/core";
import type { ImportEvent } from "@flightdeck/import";
import { note } from "../../output/print.ts";

/** Often enough to see it move, on a terminal; seldom enough for a log. */
const TERMINAL_INTERVAL_MS = 100;
const LOG_INTERVAL_MS = 5000;
const CLEAR_LINE = "\r\u001b[K";

/** Says on standard error how far an import has come: in one line of a terminal, in a line now and then elsewhere. */
export class ImportProgressLine {
  readonly #clock: Clock;
  readonly #isTerminal: boolean = process.stderr.isTTY;
  #shownAtMs: number;
  #isOpen = false;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#shownAtMs = clock.nowMs();
  }

  readonly show = (event: ImportEvent): void => {
    const now = this.#clock.nowMs();
    if (now - this.#shownAtMs < (this.#isTerminal ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS)) return;
    this.#shownAtMs = now;
    if (this.#isTerminal) {
      process.stderr.write(`${CLEAR_LINE}${lineOf(event).slice(0, process.stderr.columns - 1)}`);
      this.#isOpen = true;
    } else {
      note(lineOf(event));
    }
  };

  /** Leaves an empty line for what comes next. */
  end(): void {
    if (this.#isOpen) process.stderr.write(CLEAR_LINE);
    this.#isOpen = false;
  }
}

function lineOf({ experiment = "", counts }: ImportEvent): string {
  // A name may hold anything, also what would drive the terminal.
  const name = JSON.stringify(experiment);
  const { runs, "metric points": points, "artifact files": files } = counts;
  return `experiment ${name}: ${runs} runs, ${points} metric points, ${files} artifact files so far`;
}
