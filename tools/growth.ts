import { threadCpuUsage } from "node:process";

/** Fast whatever it is: a quadratic scan of `CHARS_MAX` characters makes a thousand million steps, which takes a second. */
const NOTICED_MS = 20;
/** From here on by small steps, then by doubling: exponential work is noticed before it takes minutes. */
const CHARS_MIN = 16;
const SMALL_STEP = 2;
const SMALL_MAX = 40;
const CHARS_MAX = 40_000;
/** Between the sizes that are compared. */
const FACTOR = 4;
const REPEATS = 3;
const ATTEMPTS = 3;

/** What time grows by when the input doubles: linear work has 2, quadratic 4. */
export const GROWTH_MAX = 3;

/**
 * What the CPU time of `run` grows by when its input doubles, or undefined where it is too fast to be anything but
 * linear. The input grows until time is noticed, so that exponential work ends too. Time is that of this thread alone, a
 * median, and the best of some attempts: a busy machine does not change the verdict.
 */
export function growthOf(run: (chars: number) => void): number | undefined {
  let chars = CHARS_MIN;
  let [before, now] = [0, 0];
  for (;;) {
    [before, now] = [now, millisecondsOf(run, chars)];
    if (now >= NOTICED_MS) break;
    if (chars >= CHARS_MAX) return undefined;
    chars = chars < SMALL_MAX ? chars + SMALL_STEP : chars * 2;
  }
  let best = chars > SMALL_MAX ? now / before : Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && best >= GROWTH_MAX; attempt++) {
    const ratio = medianOf(run, chars) / medianOf(run, chars / FACTOR);
    best = Math.min(best, ratio ** (1 / Math.log2(FACTOR)));
  }
  return best;
}

function medianOf(run: (chars: number) => void, chars: number): number {
  const times = Array.from({ length: REPEATS }, () => millisecondsOf(run, chars));
  return times.toSorted((a, b) => a - b)[Math.floor(REPEATS / 2)] ?? 0;
}

function millisecondsOf(run: (chars: number) => void, chars: number): number {
  const before = threadCpuUsage();
  run(chars);
  const { user, system } = threadCpuUsage(before);
  return (user + system) / 1000;
}
