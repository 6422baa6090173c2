import { threadCpuUsage } from "node:process";

/**
 * Anything faster is harmless: a quadratic scan of `CHARS_MAX` characters makes a billion steps, which takes a second.
 */
const NOTICED_MS = 20;
/**
 * The input grows from here, first in small steps, then by doubling, so that exponential work is noticed before it
 * takes minutes.
 */
const CHARS_MIN = 16;
const SMALL_STEP = 2;
const SMALL_MAX = 40;
const CHARS_MAX = 40_000;
/** The ratio of the two sizes to compare. */
const FACTOR = 4;
const REPEATS = 3;
const ATTEMPTS = 3;
/**
 * Quadratic work on a quarter of the input takes a sixteenth of the time; faster calls are not repeated more often than
 * this.
 */
const CALLS_MAX = 64;

/** The maximum factor by which time may grow when the input doubles: linear work has 2, quadratic 4. */
export const GROWTH_MAX = 3;

/** The CPU time in milliseconds of `calls` calls of `run`, each with `chars` characters. */
export type Measure = (run: (chars: number) => void, chars: number, calls: number) => number;

/**
 * The factor by which the CPU time of `run` grows when its input doubles, or undefined if it is too fast to be more
 * than linear. The input grows until the time is noticeable, so that exponential work ends too.
 *
 * Noise only adds time: a garbage collection, a compilation, a busy machine. So every time is the minimum of several,
 * and a size is noticeable only if its minimum is. CPU clocks may tick only every 4 or 10 ms, so the smaller input is
 * repeated until it takes as long as the noticeable time. A suspect is measured again before it is reported.
 */
export function growthOf(
  run: (chars: number) => void,
  measure: Measure = cpuMilliseconds,
): number | undefined {
  const chars = noticedAt(run, measure);
  if (chars === undefined) return undefined;
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && best >= GROWTH_MAX; attempt++) {
    const larger = least(REPEATS, () => measure(run, chars, 1));
    const smaller = onAverage(run, chars / FACTOR, measure);
    best = Math.min(best, (larger / smaller) ** (1 / Math.log2(FACTOR)));
  }
  return best;
}

/** The first size that takes `NOTICED_MS` on every attempt. */
function noticedAt(run: (chars: number) => void, measure: Measure): number | undefined {
  let chars = CHARS_MIN;
  for (;;) {
    const noticed = Array.from({ length: REPEATS }).every(() => measure(run, chars, 1) >= NOTICED_MS);
    if (noticed) return chars;
    if (chars >= CHARS_MAX) return undefined;
    chars = chars < SMALL_MAX ? chars + SMALL_STEP : chars * 2;
  }
}

/** The time of one call, averaged over enough calls for a slow clock. */
function onAverage(run: (chars: number) => void, chars: number, measure: Measure): number {
  for (let calls = 1; ; calls *= 2) {
    const total = least(REPEATS, () => measure(run, chars, calls));
    if (total >= NOTICED_MS || calls >= CALLS_MAX) return total / calls;
  }
}

function least(count: number, measured: () => number): number {
  return Math.min(...Array.from({ length: count }, measured));
}

function cpuMilliseconds(run: (chars: number) => void, chars: number, calls: number): number {
  const before = threadCpuUsage();
  for (let call = 0; call < calls; call++) run(chars);
  const { user, system } = threadCpuUsage(before);
  return (user + system) / 1000;
}
