import { AppError } from "@flightdeck/core";

/** Throws INVALID_PARAMETER_VALUE unless a setting is a finite number greater than 0. */
export function checkPositiveOption(name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new AppError("INVALID_PARAMETER_VALUE", `${name} must be greater than 0, got ${value}`);
}

/** Throws INVALID_PARAMETER_VALUE unless a setting is a finite number of at least `min`. */
export function checkMinimumOption(name: string, value: number, min: number): void {
  if (Number.isFinite(value) && value >= min) return;
  throw new AppError("INVALID_PARAMETER_VALUE", `${name} must be at least ${min}, got ${value}`);
}

/** Throws INVALID_PARAMETER_VALUE unless a setting is an integer of at least `min`. */
export function checkIntegerOption(name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `${name} must be an integer of at least ${min}, got ${value}`,
  );
}
