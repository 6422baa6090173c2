/**
 * The error function with an error of at most 1 ulp. Uses the rational approximations of fdlibm's s_erf.c (Sun Microsystems,
 * 1993; freely redistributable with this notice), which split the axis at 0.84375, 1.25, 1 / 0.35 and 6.
 */
export function erf(x: number): number {
  const magnitude = Math.abs(x);
  const sign = x < 0 ? -1 : 1;
  if (magnitude < 0.84375) return x + x * ratio(x * x, CENTRE_NUMERATOR, CENTRE_DENOMINATOR);
  if (magnitude < 1.25) {
    return sign * (ERF_OF_ONE + ratio(magnitude - 1, SHOULDER_NUMERATOR, SHOULDER_DENOMINATOR));
  }
  if (magnitude >= 6) return sign;
  if (Number.isNaN(magnitude)) return Number.NaN;
  return sign * (1 - tail(magnitude));
}

/** 1 − erf(x) for x in [1.25, 6). */
function tail(x: number): number {
  const s = 1 / (x * x);
  const r =
    x < 1 / 0.35 ? ratio(s, NEAR_NUMERATOR, NEAR_DENOMINATOR) : ratio(s, FAR_NUMERATOR, FAR_DENOMINATOR);
  return Math.exp(-x * x - 0.5625 + r) / x;
}

/** P(x) / (1 + x·Q(x)) for coefficients in ascending order. */
function ratio(x: number, numerator: Float64Array, denominator: Float64Array): number {
  return polynomial(x, numerator) / (1 + x * polynomial(x, denominator));
}

/** Σ coefficients[i] · x^i. */
export function polynomial(x: number, coefficients: Float64Array): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + (coefficients[i] ?? 0);
  return sum;
}

/** erf(1) rounded to single precision, as the shoulder's fit expects it. */
const ERF_OF_ONE = 8.45062911510467529297e-1;

const CENTRE_NUMERATOR: Float64Array = Float64Array.of(
  1.28379167095512558561e-1,
  -3.2504210724700149937e-1,
  -2.84817495755985104766e-2,
  -5.77027029648944159157e-3,
  -2.37630166566501626084e-5,
);
const CENTRE_DENOMINATOR: Float64Array = Float64Array.of(
  3.97917223959155352819e-1,
  6.50222499887672944485e-2,
  5.08130628187576562776e-3,
  1.32494738004321644526e-4,
  -3.9602282787753681232e-6,
);
const SHOULDER_NUMERATOR: Float64Array = Float64Array.of(
  -2.36211856075265944077e-3,
  4.14856118683748331666e-1,
  -3.72207876035701323847e-1,
  3.18346619901161753674e-1,
  -1.10894694282396677476e-1,
  3.54783043256182359371e-2,
  -2.166375594868790843e-3,
);
const SHOULDER_DENOMINATOR: Float64Array = Float64Array.of(
  1.06420880400844228286e-1,
  5.40397917702171048937e-1,
  7.18286544141962662868e-2,
  1.26171219808761642112e-1,
  1.36370839120290507362e-2,
  1.1984499846799107417e-2,
);
const NEAR_NUMERATOR: Float64Array = Float64Array.of(
  -9.86494403484714822705e-3,
  -6.93858572707181764372e-1,
  -1.05586262253232909814e1,
  -6.23753324503260060396e1,
  -1.62396669462573470355e2,
  -1.84605092906711035994e2,
  -8.12874355063065934246e1,
  -9.81432934416914548592,
);
const NEAR_DENOMINATOR: Float64Array = Float64Array.of(
  1.96512716674392571292e1,
  1.376577541435190426e2,
  4.34565877475229228821e2,
  6.45387271733267880336e2,
  4.29008140027567833386e2,
  1.08635005541779435134e2,
  6.57024977031928170135,
  -6.04244152148580987438e-2,
);
const FAR_NUMERATOR: Float64Array = Float64Array.of(
  -9.86494292470009928597e-3,
  -7.99283237680523006574e-1,
  -1.77579549177547519889e1,
  -1.60636384855821916062e2,
  -6.37566443368389627722e2,
  -1.02509513161107724954e3,
  -4.83519191608651397019e2,
);
const FAR_DENOMINATOR: Float64Array = Float64Array.of(
  3.03380607434824582924e1,
  3.25792512996573918826e2,
  1.53672958608443695994e3,
  3.19985821950859553908e3,
  2.55305040643316442583e3,
  4.74528541206955367215e2,
  -2.24409524465858183362e1,
);
