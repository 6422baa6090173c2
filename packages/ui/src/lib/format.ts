const SIGNIFICANT_DIGITS = 5;
/** Outside of these, a plain decimal is longer than the exponent form and harder to compare. */
const PLAIN_MIN = 1e-4;
const PLAIN_MAX = 1e9;

/** Formats a metric's value: five significant digits, integers in full, NaN and infinities by name. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < PLAIN_MAX) return value.toLocaleString("en-US");
  if (size < PLAIN_MIN || size >= PLAIN_MAX) return trimExponent(value.toExponential(SIGNIFICANT_DIGITS - 1));
  return trimZeros(value.toPrecision(SIGNIFICANT_DIGITS));
}

/** Formats a count with thousands separators. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** `1 run`, `3 runs`. */
export function formatPlural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function formatNonFinite(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "∞" : "−∞";
}

function trimExponent(text: string): string {
  const [mantissa = "", exponent = ""] = text.split("e");
  return `${trimZeros(mantissa)}e${exponent.replace("+", "")}`;
}

function trimZeros(text: string): string {
  return text.includes(".") && !text.includes("e") ? text.replace(/(?<!0)0+$/, "").replace(/\.$/, "") : text;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** After a month, the date says more than a number of days. */
const RELATIVE_MS_MAX = 30 * DAY_MS;

/** The current time is updated every ten seconds, so the newest times may be ahead of it. */
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

/** Date and time to the second in the user's time zone, with the zone's name. */
export function formatExact(timeMs: number): string {
  return new Date(timeMs).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "long",
  });
}

/** A duration in at most two units: `340 ms`, `12.4 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
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

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;
const STEP = 1000;

/** A size in decimal units, as in file managers: `512 B`, `1.2 MB`. */
export function formatBytes(bytes: number): string {
  const exponent = bytes < STEP ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / STEP ** exponent;
  return `${exponent === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[exponent] ?? "B"}`;
}
