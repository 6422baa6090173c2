const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** After a month the date says more than a number of days. */
const RELATIVE_MS_MAX = 30 * DAY_MS;

/** What is called the present is renewed every ten seconds, so the newest things lie ahead of it. */
const CLOCK_LAG_MS_MAX = 10 * SECOND_MS;

/** How long ago, in the largest whole unit: `just now`, `5 min ago`, `3 h ago`, `2 d ago`, then the date. */
export function formatRelative(timeMs: number, nowMs: number): string {
  const ageMs = nowMs - timeMs;
  if (ageMs < -CLOCK_LAG_MS_MAX || ageMs >= RELATIVE_MS_MAX) return formatDate(timeMs);
  if (ageMs < 10 * SECOND_MS) return "just now";
  if (ageMs < MINUTE_MS) return `${Math.floor(ageMs / SECOND_MS)} s ago`;
  if (ageMs < HOUR_MS) return `${Math.floor(ageMs / MINUTE_MS)} min ago`;
  if (ageMs < DAY_MS) return `${Math.floor(ageMs / HOUR_MS)} h ago`;
  return `${Math.floor(ageMs / DAY_MS)} d ago`;
}

/** Date and time to the second in the reader's zone, with the zone's name. */
export function formatExact(timeMs: number): string {
  return new Date(timeMs).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "long",
  });
}

/** A span in at most two units: `340 ms`, `12.4 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
export function formatDuration(spanMs: number): string {
  if (spanMs < SECOND_MS) return `${Math.max(0, Math.round(spanMs))} ms`;
  if (spanMs < MINUTE_MS) return `${(spanMs / SECOND_MS).toFixed(1)} s`;
  if (spanMs < HOUR_MS) return twoUnits(spanMs, [MINUTE_MS, "min"], [SECOND_MS, "s"]);
  if (spanMs < DAY_MS) return twoUnits(spanMs, [HOUR_MS, "h"], [MINUTE_MS, "min"]);
  return twoUnits(spanMs, [DAY_MS, "d"], [HOUR_MS, "h"]);
}

type Unit = readonly [sizeMs: number, name: string];

function twoUnits(spanMs: number, large: Unit, small: Unit): string {
  const smallCount = Math.round(spanMs / small[0]);
  const smallPerLarge = large[0] / small[0];
  const rest = smallCount % smallPerLarge;
  const whole = `${Math.floor(smallCount / smallPerLarge)} ${large[1]}`;
  return rest === 0 ? whole : `${whole} ${rest} ${small[1]}`;
}

function formatDate(timeMs: number): string {
  return new Date(timeMs).toLocaleDateString(undefined, { dateStyle: "medium" });
}
