const SIGNIFICANT_DIGITS = 5;
/** Beyond these a plain decimal is longer than the exponent form and harder to compare. */
const PLAIN_MIN = 1e-4;
const PLAIN_MAX = 1e9;

/** A metric's value for reading: five significant digits, whole numbers in full, NaN and infinities by name. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < PLAIN_MAX) return value.toLocaleString("en-US");
  if (size < PLAIN_MIN || size >= PLAIN_MAX) return trimExponent(value.toExponential(SIGNIFICANT_DIGITS - 1));
  return trimZeros(value.toPrecision(SIGNIFICANT_DIGITS));
}

/** A count with thousands separated. */
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
