const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;
const STEP = 1000;

/** A size in decimal units, as file managers show it: `512 B`, `1.2 MB`. */
export function formatBytes(bytes: number): string {
  const exponent = bytes < STEP ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / STEP ** exponent;
  return `${exponent === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[exponent] ?? "B"}`;
}
