import { AppError } from "@flightdeck/core";

/** How many entries a page has. 0 stands for the most, as on Databricks. */
export function pageSize(
  field: string,
  asked: number | undefined,
  { max, byDefault }: { readonly max: number; readonly byDefault: number },
): number {
  if (asked === undefined) return byDefault;
  if (asked === 0) return max;
  if (asked > 0 && asked <= max) return asked;
  throw new AppError("INVALID_PARAMETER_VALUE", `${field} must be 0..${max}, got ${asked}`);
}
