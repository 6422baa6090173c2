import { erf } from "./erf.ts";

/** Beyond this many standard deviations the distribution function is 0 or 1 in double precision. */
const SATURATION = 8.5;

/** Φ(z), the distribution function of the standard normal distribution, with an absolute error below 1e-15. */
export function normalCdf(z: number): number {
  if (z >= SATURATION) return 1;
  if (z <= -SATURATION) return 0;
  return 0.5 * (1 + erf(z * Math.SQRT1_2));
}
