import { InvalidArgumentError } from "commander";

/** As MLflow reads it: days, hours, minutes and seconds in this order, each or none, with fractions. */
const AGE =
  /^(?:(\d+(?:\.\d+)?|\.\d+)d)?(?:(\d+(?:\.\d+)?|\.\d+)h)?(?:(\d+(?:\.\d+)?|\.\d+)m)?(?:(\d+(?:\.\d+)?|\.\d+)s)?$/;
const UNITS_MS = [86_400_000, 3_600_000, 60_000, 1000];

/** `1d2h3m4s` in milliseconds. */
export function parseAge(text: string): number {
  const parts = text === "" ? undefined : AGE.exec(text)?.slice(1);
  if (parts === undefined) {
    throw new InvalidArgumentError("It must be a time such as 8h, 2d8h5m20s or 1.5d.");
  }
  return Math.floor(UNITS_MS.reduce((sum, unit, i) => sum + Number(parts[i] ?? 0) * unit, 0));
}
